"""Who knocked while a run waited for its station: the answer to "why is my station not shown?"."""

from chargeproof.central_system.central_system import CentralSystem
from chargeproof.trace import Entry, HandshakeSeen

EVERY_STATION = "*"
MOST_SHOWN = 5
MOST_KEPT = 200


class ContactLog:
    """The attempts to connect since it was made, until ``close``."""

    def __init__(self, central_system: CentralSystem, charge_point_id: str) -> None:
        self._charge_point_id = charge_point_id
        self._attempts: list[HandshakeSeen] = []
        self._unwatch = central_system.watch(EVERY_STATION, self._on_entry)

    def close(self) -> None:
        self._unwatch()

    def _on_entry(self, entry: Entry) -> None:
        if isinstance(entry, HandshakeSeen):
            self._attempts = [*self._attempts[-MOST_KEPT:], entry]

    def explain(self, within_s: float, is_connected: bool) -> tuple[str, str]:
        """What to tell when the station never was ready: what was wrong, and what to do about it."""
        name = self._charge_point_id
        if is_connected:
            return (
                f'the station "{name}" is connected, but was not ready for commands within {within_s:g} s',
                "It must send a BootNotification that is answered Accepted: switch its power off and on, and "
                "see whether the settings hold it back (unknown_stations)",
            )
        own = [attempt for attempt in self._attempts if attempt.charge_point_id == name]
        others = [attempt for attempt in self._attempts if attempt.charge_point_id != name]
        what = f'no station with the id "{name}" was ready within {within_s:g} s'
        if not self._attempts:
            return (
                what,
                "Nobody tried to connect: check the address in the station, the network and firewalls",
            )
        lines = [f"it tried with {_describe(attempt)}" for attempt in own[-MOST_SHOWN:]]
        lines += [
            f'a station with the id "{attempt.charge_point_id}" tried with {_describe(attempt)}'
            for attempt in _newest_of_each(others)[-MOST_SHOWN:]
        ]
        return what, "What was seen: " + "; ".join(lines)


def _describe(attempt: HandshakeSeen) -> str:
    offered = ", ".join(attempt.offered) or "no sub-protocol"
    outcome = (
        attempt.outcome if attempt.outcome == "accepted" else f"{attempt.outcome} ({attempt.http_status})"
    )
    hint = f" – {attempt.hint}" if attempt.hint else ""
    return f"{attempt.path} from {attempt.remote}, offering {offered}: {outcome}{hint}"


def _newest_of_each(attempts: list[HandshakeSeen]) -> list[HandshakeSeen]:
    return list({attempt.charge_point_id: attempt for attempt in attempts}.values())

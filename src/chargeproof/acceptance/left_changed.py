"""Which configuration keys a record leaves changed at the station."""

from dataclasses import dataclass

from chargeproof.acceptance.configuration_in_record import same_key
from chargeproof.acceptance.configuration_keys import is_never_written
from chargeproof.ocpp import ChangeConfiguration, GetConfiguration
from chargeproof.trace import Trace


@dataclass(frozen=True, slots=True)
class LeftKey:
    """A key with the value that was read before its first change, and the one that was last written or read."""

    key: str
    was: str
    is_now: str


def left_changed(trace: Trace) -> list[LeftKey]:
    """The keys that were changed by us and do not have their first values again, as far as the record shows.

    A change that was sent and not answered counts as one that may have been made.
    """
    events: list[tuple[int, str, str | None, bool]] = [
        (exchange.n, str(item.key), item.value, False)
        for exchange in trace.exchanges(GetConfiguration)
        for item in getattr(exchange.confirmation, "configuration_key", None) or ()
        if item.key
    ]
    events += [
        (change.n, str(change.request.key), str(change.request.value), True)
        for change in trace.exchanges(ChangeConfiguration)
        if change.answer is None or change.status in ("Accepted", "RebootRequired")
    ]
    return [left for name in _written(events) if (left := _left(name, sorted(events))) is not None]


def _written(events: list[tuple[int, str, str | None, bool]]) -> list[str]:
    names = {key.casefold(): key for _, key, _, was_written in events if was_written}
    return [name for name in names.values() if not is_never_written(name, ())]


def _left(name: str, events: list[tuple[int, str, str | None, bool]]) -> LeftKey | None:
    mine = [event for event in events if same_key(event[1], name)]
    before = next((value for _, _, value, was_written in mine if not was_written), None)
    now = mine[-1][2]
    first_write = next(place for place, event in enumerate(mine) if event[3])
    if first_write == 0 or before is None or now is None or before == now:
        return None  # it was never read before it was written, or is as it was
    return LeftKey(name, before, now)

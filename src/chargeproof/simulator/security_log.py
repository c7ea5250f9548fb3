"""Security events: kept in a log that survives a reboot, and told to the central system (W§ A04)."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from chargeproof.ocpp.security import SecurityEventNotification

if TYPE_CHECKING:
    from chargeproof.simulator.station import SimulatedStation

LOG = "security_log"
LINES_KEPT = 500
LONGEST_INFO = 255


class SecurityLog:
    """Every event is logged and told; what could not be told before a reboot is told after it."""

    def __init__(self, station: "SimulatedStation") -> None:
        self.station = station

    def begin(self) -> None:
        """After a boot: what is still to be told."""
        for line in self._lines():
            if not line["told"]:
                self.station.report_security_event(notification_of(line))

    def note(self, event: str, tech_info: str | None = None, *, tell_now: bool = True) -> None:
        """Not `tell_now`: the station is about to restart, and tells it after that."""
        line = {
            "at": self.station.now().isoformat(),
            "type": str(event),
            "info": tech_info[:LONGEST_INFO] if tech_info else None,
            "told": False,
        }
        self.station.memory[LOG] = [*self._lines(), line][-LINES_KEPT:]
        if tell_now:
            self.station.report_security_event(notification_of(line))

    def told(self, notification: SecurityEventNotification) -> None:
        """The central system knows of it."""
        lines = self._lines()
        for line in lines:
            if notification_of(line) == notification:
                line["told"] = True
        self.station.memory[LOG] = lines

    def content(self, oldest: datetime | None, latest: datetime | None) -> str:
        """The lines of a time frame; empty if there are none."""
        return "".join(
            f"{line['at']} {line['type']} {line['info'] or ''}".rstrip() + "\n"
            for line in self._lines()
            if _within(datetime.fromisoformat(line["at"]), oldest, latest)
        )

    def _lines(self) -> list[dict[str, Any]]:
        lines: list[dict[str, Any]] = self.station.memory.get(LOG, [])
        return lines


def notification_of(line: dict[str, Any]) -> SecurityEventNotification:
    return SecurityEventNotification(
        type=line["type"], timestamp=datetime.fromisoformat(line["at"]), tech_info=line["info"]
    )


def _within(moment: datetime, oldest: datetime | None, latest: datetime | None) -> bool:
    return (oldest is None or moment >= oldest) and (latest is None or moment <= latest)

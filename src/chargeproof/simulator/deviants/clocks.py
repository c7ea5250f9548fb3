"""Deviants of timestamps."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from chargeproof.ocpp import BootNotificationConf, StartTransaction, StatusNotification, StopTransaction
from chargeproof.simulator.deviants.edits import EditsCalls
from chargeproof.simulator.deviants.registry import deviant, near_miss
from chargeproof.simulator.station import SimulatedStation

EAST = timezone(timedelta(hours=2))


class _WritesTimes(EditsCalls):
    """Writes the time of its statuses in its own way."""

    kind = StatusNotification

    def change(self, payload: dict[str, Any]) -> None:
        moment = datetime.fromisoformat(payload.pop("timestamp"))
        written = self.written(moment)
        if written is not None:
            payload["timestamp"] = written

    def written(self, moment: datetime) -> str | int | None:
        raise NotImplementedError


@deviant("L-08")
class TimesWithoutZone(_WritesTimes):
    """Writes times without their zone."""

    def written(self, moment: datetime) -> str:
        return f"{moment:%Y-%m-%dT%H:%M:%S}"


@deviant("L-08")
class TimesWithHalfAZone(_WritesTimes):
    """Writes the zone as +02, without its minutes."""

    def written(self, moment: datetime) -> str:
        return f"{moment.astimezone(EAST):%Y-%m-%dT%H:%M:%S}+02"


@deviant("L-08")
class LocalTimeMarkedAsUtc(SimulatedStation):
    """Sets its clock to its local time, two hours ahead, and takes that for UTC."""

    def synchronize_clock(self, current_time: datetime) -> None:
        super().synchronize_clock(current_time + timedelta(hours=2))


@deviant("L-08")
class NeverSetsItsClock(SimulatedStation):
    """Starts in 1970 and never sets its clock."""

    def on_boot_answered(self, confirmation: BootNotificationConf) -> float | None:
        wait_s = super().on_boot_answered(confirmation)
        self.offset_s = (datetime(1970, 1, 1, tzinfo=UTC) - self.clock.now()).total_seconds()
        return wait_s

    def synchronize_clock(self, current_time: datetime) -> None:
        pass


@deviant("L-08")
class TimesAreMissing(EditsCalls):
    """Leaves out the time at which a transaction began."""

    kind = StartTransaction

    def change(self, payload: dict[str, Any]) -> None:
        del payload["timestamp"]


@deviant("L-08")
class TimesAreEmpty(EditsCalls):
    """Gives an empty time at which a transaction ended."""

    kind = StopTransaction

    def change(self, payload: dict[str, Any]) -> None:
        payload["timestamp"] = ""


@near_miss("L-08")
class TimesInALocalZone(_WritesTimes):
    """Writes local times with their zone, to the microsecond."""

    def written(self, moment: datetime) -> str:
        return moment.astimezone(EAST).isoformat(timespec="microseconds")


@near_miss("L-08")
class StatusesWithoutTime(_WritesTimes):
    """Leaves out the time of its statuses, which is optional."""

    def written(self, moment: datetime) -> None:
        return None


@near_miss("L-08")
class ClockIsHalfAMinuteAhead(SimulatedStation):
    """Sets its clock half a minute ahead."""

    def synchronize_clock(self, current_time: datetime) -> None:
        super().synchronize_clock(current_time + timedelta(seconds=30))

"""One request of a station on its way through a handler."""

from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import msgspec

from chargeproof.central_system.authorization import Decision
from chargeproof.central_system.station import Services, StationState
from chargeproof.ocpp import Confirmation, Reading, Request
from chargeproof.store.records import FlagRecord, IdTagDecision, MeterValueRecord

R = TypeVar("R", bound=Request)

PLAUSIBLE_SINCE = datetime(2010, 1, 1, tzinfo=UTC)
"""A station's time before this comes from a clock that was never set."""
FLAG_VALUE_LENGTH = 200


class _Timed(msgspec.Struct):
    timestamp: str | None = None


_timed = msgspec.json.Decoder(_Timed)


class Incoming(msgspec.Struct, Generic[R], gc=False):
    """The request, read as far as it can be: after a lenient reading required fields can be None.

    values: the meter values that it holds, to be kept with it.
    """

    unique_id: str
    request: R
    reading: Reading
    received_at: datetime
    station: StationState
    services: Services
    flags: list[FlagRecord] = []
    station_time_text: str | None = None
    values: Sequence[MeterValueRecord] = ()

    def flag(self, rule: str, where: str = "$", value: object = "") -> None:
        """Note something about this message that a person should see."""
        self.flags.append(
            FlagRecord(
                charge_point_id=self.station.charge_point_id,
                connection=self.station.connection,
                unique_id=self.unique_id,
                action=self.request.action,
                rule=rule,
                where=where,
                value=str(value)[:FLAG_VALUE_LENGTH],
                at=self.received_at,
            )
        )

    def sent_time(self) -> str | None:
        """The field `timestamp` exactly as sent."""
        try:
            return _timed.decode(self.reading.raw).timestamp
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            payload = self.reading.payload
            sent = payload.get("timestamp") if isinstance(payload, dict) else None
            return None if sent is None else str(sent)

    def note_time(self, text: str | None, moment: datetime | None) -> None:
        """Keep the station's time of this message, and measure its clock by it."""
        self.station_time_text = text
        if moment is None:
            return
        if moment < PLAUSIBLE_SINCE:
            self.flag("clock_not_set", "$.timestamp", text)
        if self.station.observe_clock(moment, self.received_at):
            self.services.store.record_seen(
                self.station.charge_point_id, self.received_at, self.station.clock_offset_s
            )

    def note_decision(self, id_tag: str | None, decision: Decision) -> None:
        """Keep what the station is told about a tag."""
        self.services.store.record_decision(
            IdTagDecision(
                at=self.received_at,
                charge_point_id=self.station.charge_point_id,
                action=self.request.action,
                id_tag=id_tag or "",
                status=decision.info.status,
                reason=decision.reason,
            )
        )


Handler = Callable[[Incoming[Any]], Confirmation | Coroutine[Any, Any, Confirmation]]
"""What answers a request: at once, or after it asked the store."""

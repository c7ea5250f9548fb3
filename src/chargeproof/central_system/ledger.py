"""What one connection leaves in the store: its opening and closing, every exchange, every flag."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from chargeproof.central_system.commands import Command
from chargeproof.central_system.incoming import Incoming
from chargeproof.central_system.ports import Admission, Handshake
from chargeproof.central_system.station import Services, StationState
from chargeproof.ocpp import CallReceived, Deviation, Request
from chargeproof.store.records import ConnectionRecord, ExchangeRecord, FlagRecord
from chargeproof.trace import Party

HIDDEN = "[hidden]"

PLAIN_ACTIONS = frozenset(
    {
        "Authorize",
        "BootNotification",
        "Heartbeat",
        "MeterValues",
        "StartTransaction",
        "StatusNotification",
        "StopTransaction",
    }
)
"""Requests that have no field for a configuration key, so that nothing in them need be looked for."""


def _holds_no_secret(event: CallReceived) -> bool:
    return event.action in PLAIN_ACTIONS and not event.reading.deviations


class Ledger:
    """Writes for one connection, in the order of arrival; nothing here waits for the commit."""

    __slots__ = (
        "_clock",
        "_opened",
        "_station",
        "_store",
        "_tally",
        "_veil",
    )

    def __init__(self, station: StationState, services: Services) -> None:
        self._station = station
        self._store = services.store
        self._clock = services.clock
        self._tally = services.tally
        self._veil = services.veil
        self._opened: ConnectionRecord | None = None

    def opened(self, handshake: Handshake, admission: Admission) -> None:
        now = self._clock.now()
        self._opened = ConnectionRecord(
            connection=self._station.connection,
            charge_point_id=self._station.charge_point_id,
            opened_at=now,
            remote=handshake.remote,
            subprotocol=admission.subprotocol,
            tls=handshake.tls,
        )
        self._store.record_seen(self._station.charge_point_id, now)
        self._store.record_connection(self._opened)

    def closed(self, code: int | None, reason: str, by: Party) -> None:
        if self._opened is None:
            return
        now = self._clock.now()
        self._store.record_connection(
            msgspec.structs.replace(
                self._opened, closed_at=now, close_code=code, close_reason=reason, closed_by=by
            )
        )
        self._store.record_seen(self._station.charge_point_id, now, self._station.clock_offset_s)

    def request(
        self,
        event: CallReceived,
        received_at: datetime,
        outcome: str,
        answer: str | None = None,
        call: Incoming[Request] | None = None,
    ) -> None:
        """A request of the station and our answer."""
        # Only a Heartbeat is answered before the commit (it tells nothing that could be lost).
        lasting = answer is None or event.action == "Heartbeat"
        if lasting:
            self.came_to(event, outcome)
        text = event.text if _holds_no_secret(event) else self._veil.content(event.text)
        self._store.record_exchange(
            ExchangeRecord(
                charge_point_id=self._station.charge_point_id,
                connection=self._station.connection,
                caller="charge_point",
                outcome=outcome,
                requested_at=received_at,
                answered_at=None if answer is None else self._clock.now(),
                unique_id=event.unique_id,
                action=event.action,
                request_text=text if isinstance(text, str) else None,
                answer_text=answer,
                raw=text if isinstance(text, bytes) else None,
                station_time_text=call.station_time_text if call else None,
                clock_offset_s=self._station.clock_offset_s,
            ),
            lasting=lasting,
            values=call.values if call else (),
        )
        if call is not None and call.flags:
            self._store.record_flags(call.flags)

    def came_to(self, event: CallReceived, outcome: str) -> None:
        """Count a request; one whose answer waits for the commit only when that is through."""
        self._tally.message("charge_point", event.action, outcome)

    def odd(
        self,
        text: str | bytes,
        outcome: str,
        unique_id: str | None,
        reason: str,
        at: datetime,
        answer: str | None,
    ) -> None:
        """A text that is neither a request nor an answer to one of ours."""
        text = self._veil.content(text)
        self._tally.message("charge_point", None, outcome)
        self._store.record_exchange(
            ExchangeRecord(
                charge_point_id=self._station.charge_point_id,
                connection=self._station.connection,
                caller="charge_point",
                outcome=outcome,
                requested_at=at,
                answered_at=None if answer is None else at,
                unique_id=unique_id,
                request_text=text if isinstance(text, str) else None,
                answer_text=answer,
                raw=text if isinstance(text, bytes) else None,
                clock_offset_s=self._station.clock_offset_s,
            ),
            lasting=answer is None,
        )
        self._store.record_flags([self._flag(unique_id, None, outcome, "frame", reason, at)])

    def command(self, command: Command, outcome: str, answer: str | bytes | None) -> None:
        """A command of ours and the station's answer, None when there was none."""
        answer = None if answer is None else self._veil.content(answer)
        raw = answer if isinstance(answer, bytes) else None
        self._tally.message("central_system", command.request.action, outcome)
        self._store.record_exchange(
            ExchangeRecord(
                charge_point_id=self._station.charge_point_id,
                connection=self._station.connection,
                caller="central_system",
                outcome=outcome,
                requested_at=command.sent_at or command.queued_at,
                answered_at=None if answer is None else self._clock.now(),
                unique_id=command.unique_id,
                action=command.request.action,
                request_text=None if command.text is None else self._veil.text(command.text),
                answer_text=answer if isinstance(answer, str) else None,
                raw=raw,
                clock_offset_s=self._station.clock_offset_s,
            ),
            lasting=True,
        )

    def deviations(
        self, unique_id: str, action: str, deviations: Sequence[Deviation], at: datetime, text: str | bytes
    ) -> None:
        """What deviates in the answer `text` to a command of ours."""
        veiled = self._veil.content(text) != text
        self._store.record_flags(
            [
                self._flag(
                    unique_id,
                    action,
                    item.rule,
                    item.where,
                    HIDDEN if veiled and item.where.endswith(".value") else item.value,
                    at,
                )
                for item in deviations
            ]
        )

    def _flag(
        self, unique_id: str | None, action: str | None, rule: str, where: str, value: str, at: datetime
    ) -> FlagRecord:
        return FlagRecord(
            charge_point_id=self._station.charge_point_id,
            connection=self._station.connection,
            unique_id=unique_id,
            action=action,
            rule=rule,
            where=where,
            value=value,
            at=at,
        )

"""One connected station: what it sends is kept, understood as far as possible and answered."""

import asyncio
import logging
import re
from collections.abc import Callable
from datetime import datetime
from functools import partial

from chargeproof.central_system.commands import Command, Priority, Sending, new_unique_id
from chargeproof.central_system.eager import run_eagerly
from chargeproof.central_system.handlers import HANDLERS
from chargeproof.central_system.incoming import Incoming
from chargeproof.central_system.ledger import Ledger
from chargeproof.central_system.outbox import Outbox
from chargeproof.central_system.ports import Admission, Handshake, Link
from chargeproof.central_system.recorder import Recorder
from chargeproof.central_system.station import Services, StationState
from chargeproof.ocpp import (
    BootNotificationConf,
    CallLost,
    CallReceived,
    Confirmation,
    Connection,
    ErrorCode,
    ErrorReceived,
    LocalProtocolError,
    Malformed,
    MessageTrigger,
    RegistrationStatus,
    Request,
    ResultReceived,
    Role,
    TriggerMessage,
    UnmatchedAnswer,
    encode_call_error,
    read_request,
)
from chargeproof.store import StoreError
from chargeproof.trace import Party

log = logging.getLogger(__name__)

ALWAYS_ANSWERED = frozenset({"StartTransaction", "StopTransaction", "MeterValues"})
"""A CALLERROR to one of these makes a station send it for ever; they get a CALLRESULT whatever they hold."""

_BROKEN_CALL = re.compile(r"[\s\x00\ufeff]*\[\s*\"?2\b")

NOT_ACCEPTED = (
    ErrorCode.SECURITY_ERROR,
    "the station is not accepted (S§4.2): it has to send a BootNotification and wait for Accepted",
)


class ChargePoint:
    """The session of one socket. Its number names it; a newer socket of the same station has a higher one."""

    __slots__ = (
        "_boot_timer",
        "_connection",
        "_handling",
        "_held",
        "_hung_up",
        "_ledger",
        "_on_end",
        "_recorder",
        "_services",
        "_undelivered",
        "ended",
        "link",
        "outbox",
        "station",
    )

    def __init__(
        self,
        *,
        station: StationState,
        services: Services,
        recorder: Recorder,
        link: Link,
        on_end: "Callable[[ChargePoint], None]",
    ) -> None:
        self.station = station
        self.link = link
        self._services = services
        self._recorder = recorder
        self._on_end = on_end
        self._connection = Connection(Role.CENTRAL_SYSTEM, call_timeout_s=services.settings.call_timeout_s)
        self._ledger = Ledger(station, services)
        self.outbox = Outbox(station, services, recorder, self._ledger, self._connection, self._put_on_wire)
        self._held: list[tuple[CallReceived, datetime]] = []
        self._handling: asyncio.Task[None] | None = None
        self._undelivered = 0
        self._boot_timer: asyncio.TimerHandle | None = None
        self._hung_up = False
        self.ended = False

    @property
    def charge_point_id(self) -> str:
        return self.station.charge_point_id

    @property
    def requests_waiting(self) -> int:
        """Requests of the station that wait for their turn or their commit."""
        return len(self._held) + self._undelivered

    def begin(self, handshake: Handshake, admission: Admission) -> None:
        """The socket is open: keep that, and wait for a BootNotification."""
        log.info("connected", extra={"station": self.charge_point_id, "remote": handshake.remote})
        self._ledger.opened(handshake, admission)
        self._recorder.opened(
            self.charge_point_id, self.station.connection, handshake.remote, admission.subprotocol
        )
        settings, loop = self._services.settings, asyncio.get_running_loop()
        if self.station.known.accepted:
            self._boot_timer = loop.call_later(settings.no_boot_grace_s, self.outbox.open)
        else:
            self._boot_timer = loop.call_later(settings.boot_trigger_after_s, self.ask_for_boot)

    # What the server reports.

    def received(self, text: str | bytes) -> None:
        if self._recorder.has_listeners:
            self._recorder.frame(self.charge_point_id, self.station.connection, "charge_point", text)
        if self.ended:
            return
        event = self._connection.receive(text)
        match event:
            case CallReceived():
                self._call_received(event)
            case ResultReceived() | ErrorReceived():
                self.outbox.answered(event)
            case Malformed():
                self._malformed(event)
            case UnmatchedAnswer():
                self._unmatched(event)

    def pong(self) -> None:
        self._recorder.pong(self.charge_point_id, self.station.connection)

    def ping_unanswered(self) -> None:
        self._recorder.ping_unanswered(self.charge_point_id, self.station.connection)

    def closed(self, code: int | None, reason: str, by: Party) -> None:
        if self.ended:
            return
        self.ended = self._hung_up = True
        self._stop_boot_timer()
        for event in self._connection.close(asyncio.get_running_loop().time()):
            if isinstance(event, CallLost):
                self.outbox.lost(event)
        self.outbox.end()
        log.info("disconnected by %s: %s %s", by, code, reason, extra={"station": self.charge_point_id})
        self._ledger.closed(code, reason, by)
        self._recorder.closed(self.charge_point_id, self.station.connection, code, reason, by)
        self._on_end(self)

    # What the central system asks for.

    def close(self, code: int, reason: str) -> None:
        """Begin the closing handshake; nothing is sent, nor shown as sent, from now on."""
        self._hung_up = True
        self.outbox.close()
        self.link.close(code, reason)

    def cut(self) -> None:
        """Reset TCP; the session is over for us at once."""
        self.link.abort()
        self.closed(None, "out of reach", "central_system")

    def ask_for_boot(self) -> None:
        """Ask for a BootNotification, which E3.40 allows only while none was ever answered with Accepted."""
        self._boot_timer = None
        quiet = self._services.settings.quiet or self.station.policy.quiet
        told = self.station.registration
        if quiet or self._hung_up or self.station.known.accepted or told is RegistrationStatus.REJECTED:
            return
        trigger = TriggerMessage(requested_message=MessageTrigger.BOOT_NOTIFICATION)
        sending = Sending(new_unique_id(), priority=Priority.AUTOMATION)
        self.outbox.send_first(Command(trigger, sending, self._services.clock.now()))

    async def drain(self) -> None:
        """Wait for the requests that are being handled."""
        while self._handling is not None:
            await asyncio.wait([self._handling])

    # Requests of the station.

    def _call_received(self, event: CallReceived) -> None:
        received_at = self._services.clock.now()
        if self._handling is None:
            self._handle(event, received_at)
        elif len(self._held) < self._services.settings.held_calls_limit:
            self._held.append((event, received_at))
        else:
            log.warning("too many requests wait, one is not answered", extra=self._about(event))
            self._ledger.request(event, received_at, "unanswered")

    def _handle(self, event: CallReceived, received_at: datetime) -> None:
        request, station = event.request, self.station
        may_send = station.may_send(event.action)
        is_plain = may_send and not (event.suggested_error or event.reading.deviations or event.overlapping)
        call: Incoming[Request] | None
        if is_plain and request is not None and event.action in HANDLERS and not self._undelivered:
            call = Incoming(event.unique_id, request, event.reading, received_at, station, self._services)
        else:
            call = self._incoming(event, received_at, may_send)
            refusal = self._refusal(event, may_send)
            if call is None or refusal is not None:
                code, description = refusal or (ErrorCode.FORMATION_VIOLATION, "unreadable")
                self._answer_error(event, received_at, code, description, call)
                return
        if event.action == "BootNotification":
            self._stop_boot_timer()
            self.outbox.ready = False
        try:
            answer = HANDLERS[event.action](call)
        except Exception as error:
            self._handled(call, event, None, error)
            return
        if isinstance(answer, Confirmation):
            self._answer(call, event, answer)
        else:
            self._handling = run_eagerly(answer, partial(self._handled, call, event)) or self._handling

    def _incoming(
        self, event: CallReceived, received_at: datetime, may_send: bool
    ) -> "Incoming[Request] | None":
        request = event.request
        if request is None and event.action in ALWAYS_ANSWERED:
            blank = read_request(event.action, {}).message
            request = blank if isinstance(blank, Request) else None
        if request is None:
            return None
        call = Incoming(event.unique_id, request, event.reading, received_at, self.station, self._services)
        for deviation in event.reading.deviations:
            call.flag(deviation.rule, deviation.where, deviation.value)
        if event.overlapping or self._undelivered:
            call.flag("overlapping_call", "frame")
        if not may_send:
            call.flag("not_accepted", "frame", self.station.registration or "no BootNotification")
        return call

    def _refusal(self, event: CallReceived, may_send: bool) -> tuple[ErrorCode, str] | None:
        if event.action in ALWAYS_ANSWERED:
            return None
        if event.action not in HANDLERS or event.request is None:
            return event.suggested_error or (ErrorCode.NOT_SUPPORTED, f"{event.action} is not handled here")
        return None if may_send else NOT_ACCEPTED

    def _handled(
        self,
        call: "Incoming[Request]",
        event: CallReceived,
        confirmation: Confirmation | None,
        error: BaseException | None,
    ) -> None:
        self._handling = None
        if confirmation is not None:
            self._answer(call, event, confirmation)
        elif isinstance(error, StoreError | asyncio.CancelledError):
            log.warning("not answered: %s", error, extra=self._about(event))
            self._ledger.request(event, call.received_at, "unanswered")
            self._give_up_on(event)
        else:
            log.error("handling failed", exc_info=error, extra=self._about(event))
            if event.action in ALWAYS_ANSWERED:
                self._give_up_on(event)
            else:
                self._answer_error(event, call.received_at, ErrorCode.INTERNAL_ERROR, "", call)
        while self._held and self._handling is None:
            self._handle(*self._held.pop(0))

    def _give_up_on(self, event: CallReceived) -> None:
        """This request stays without an answer; the station will send it again."""
        if not self._connection.closed:
            self._connection.leave_unanswered(event.unique_id)

    def _answer(self, call: "Incoming[Request]", event: CallReceived, confirmation: Confirmation) -> None:
        try:
            text = self._connection.answer(event.unique_id, confirmation)
        except LocalProtocolError as error:
            log.info("not answered: %s", error, extra=self._about(event))
            self._ledger.request(event, call.received_at, "unanswered", call=call)
            return
        self._ledger.request(event, call.received_at, "answered", text, call)
        if event.action == "Heartbeat":
            # It tells nothing that could be lost, so it need not wait for the commit.
            self._put_on_wire(text)
            return
        told = confirmation if isinstance(confirmation, BootNotificationConf) else None
        if told is not None:
            self.station.registration = told.status
        self._tell_when_durable("answered", text, event, call.received_at, told)

    def _answer_error(
        self,
        event: CallReceived,
        received_at: datetime,
        code: ErrorCode,
        description: str,
        call: "Incoming[Request] | None",
    ) -> None:
        try:
            text = self._connection.answer_error(event.unique_id, code, description)
        except LocalProtocolError:
            self._ledger.request(event, received_at, "unanswered", call=call)
            return
        self._ledger.request(event, received_at, "call_error", text, call)
        self._tell_when_durable("call_error", text, event, received_at)

    def _tell_when_durable(
        self,
        outcome: str,
        text: str,
        event: CallReceived,
        received_at: datetime,
        told: BootNotificationConf | None = None,
    ) -> None:
        self._undelivered += 1
        self._services.store.when_durable(partial(self._deliver, outcome, text, event, received_at, told))

    def _deliver(
        self,
        outcome: str,
        text: str,
        event: CallReceived,
        received_at: datetime,
        told: BootNotificationConf | None,
        error: StoreError | None,
    ) -> None:
        """The commit is through, or not: only what is durable is told."""
        self._undelivered -= 1
        if error is not None:
            log.warning("not answered: %s", error, extra=self._about(event))
            self._ledger.request(event, received_at, "unanswered")
            if told is not None:
                self.station.registration = None
            return
        self._ledger.came_to(event, outcome)
        if self._hung_up:
            return
        if self._recorder.has_listeners:
            self._recorder.frame(self.charge_point_id, self.station.connection, "central_system", text)
        self.link.send(text)
        if told is not None:
            self._registered(told.status)

    def _registered(self, status: RegistrationStatus) -> None:
        if status is RegistrationStatus.ACCEPTED:
            self.station.known.accepted = True
            self.station.triggered.clear()
            self.outbox.open()
        else:
            self.outbox.pump()

    # What is no proper request.

    def _malformed(self, event: Malformed) -> None:
        now = self._services.clock.now()
        answer = None
        text = event.text if isinstance(event.text, str) else event.text.decode("utf-8", "replace")
        is_transaction = any(action in text[:400] for action in ALWAYS_ANSWERED)
        if event.unique_id is not None and _BROKEN_CALL.match(text) and not is_transaction:
            answer = encode_call_error(event.unique_id, ErrorCode.FORMATION_VIOLATION, event.reason)
        self._ledger.odd(event.text, "malformed", event.unique_id, event.reason, now, answer)
        if answer is not None:
            self._services.store.when_durable(partial(self._deliver_error, answer))

    def _deliver_error(self, text: str, error: StoreError | None) -> None:
        if error is None:
            self._put_on_wire(text)

    def _unmatched(self, event: UnmatchedAnswer) -> None:
        reason = "an answer to no request of ours"
        self._ledger.odd(event.text, "unmatched", event.unique_id, reason, self._services.clock.now(), None)

    def _put_on_wire(self, text: str) -> None:
        if self._hung_up:
            return
        if self._recorder.has_listeners:
            self._recorder.frame(self.charge_point_id, self.station.connection, "central_system", text)
        self.link.send(text)

    def _about(self, event: CallReceived) -> dict[str, str]:
        """What the log says of a request."""
        return {"station": self.charge_point_id, "action": event.action}

    def _stop_boot_timer(self) -> None:
        if self._boot_timer is not None:
            self._boot_timer.cancel()
            self._boot_timer = None

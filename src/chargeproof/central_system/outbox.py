"""Our side of one connection: commands wait, go out one at a time, and come to an end that is kept."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from functools import partial

from chargeproof.central_system.commands import (
    Command,
    CommandQueue,
    CommandResult,
    CommandState,
    QueueFull,
    state_of,
)
from chargeproof.central_system.ledger import Ledger
from chargeproof.central_system.recorder import Recorder
from chargeproof.central_system.station import Services, StationState
from chargeproof.central_system.veil import Veil
from chargeproof.ocpp import (
    CallLost,
    CallTimedOut,
    Connection,
    ErrorReceived,
    GetConfigurationConf,
    LocalProtocolError,
    RegistrationStatus,
    ResultReceived,
    TriggerMessage,
)
from chargeproof.store import StoreError
from chargeproof.store.records import ConfigurationRecord

LATE_COMMANDS_KEPT = 64
KEYS_KEPT = 2000
"""Keys of one answer to GetConfiguration; the whole answer is in its exchange all the same."""


class Outbox:
    """Sends the commands of one connection. `wire` puts a text on it; `ready` opens the gate."""

    __slots__ = (
        "_closed",
        "_connection",
        "_late",
        "_ledger",
        "_outstanding",
        "_preparing",
        "_queue",
        "_recorder",
        "_services",
        "_station",
        "_timer",
        "_wire",
        "ready",
    )

    def __init__(
        self,
        station: StationState,
        services: Services,
        recorder: Recorder,
        ledger: Ledger,
        connection: Connection,
        wire: Callable[[str], None],
    ) -> None:
        self._station = station
        self._services = services
        self._recorder = recorder
        self._connection = connection
        self._wire = wire
        self._queue = CommandQueue(services.settings.queue_limit)
        self._preparing: Command | None = None
        self._outstanding: Command | None = None
        self._late: dict[str, Command] = {}
        self._ledger = ledger
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False
        self.ready = False

    @property
    def waiting(self) -> int:
        """Commands that wait to be sent."""
        return len(self._queue)

    def submit(self, command: Command) -> None:
        """Queue a command, or finish it at once if it cannot wait."""
        if self._closed:
            self._finish(command, CommandState.NOT_CONNECTED, "the connection is gone")
            return
        try:
            self._queue.put(command)
        except QueueFull as error:
            self._finish(command, CommandState.REFUSED, str(error))
            return
        self._keep(command, CommandState.QUEUED)
        wait_s = self._services.settings.queue_wait_s
        command.expiry = asyncio.get_running_loop().call_later(wait_s, self._expire, command)
        self.pump()

    def withdraw(self, command: Command, reason: str) -> None:
        """Take back a command that nobody waits for any more, if it was not sent yet."""
        if self._queue.withdraw(command):
            self._finish(command, CommandState.REFUSED, reason)

    def open(self) -> None:
        """The station may be sent anything from now on."""
        self.ready = True
        self.pump()

    def pump(self) -> None:
        """Send the next command if there is one and its turn has come."""
        if self._closed or self._preparing is not None or self._connection.outstanding is not None:
            return
        command = self._next()
        if command is None:
            return
        if command.expiry is not None:
            command.expiry.cancel()
        self._preparing = command
        # Kept as sent before it is sent: after a crash it is known that it may have been.
        command.sent_at = self._services.clock.now()
        self._services.store.record_command(
            command.record(self._station.charge_point_id, CommandState.SENT, self._services.veil)
        )
        self._services.store.when_durable(partial(self._send, command))

    def send_first(self, command: Command) -> None:
        """Send a command to a station that is not ready, ahead of all others, unless one is out already."""
        if not self._closed and self._preparing is None and self._connection.outstanding is None:
            self._preparing = command
            self._send(command, None)

    def answered(self, event: ResultReceived | ErrorReceived) -> None:
        command = self._late.pop(event.unique_id, None) if event.late else self._take_outstanding()
        if command is None:
            return
        state, result = _result_of(event)
        outcome = "answered" if isinstance(event, ResultReceived) else "call_error"
        if event.late:
            state, outcome = CommandState.ANSWERED_LATE, "late"
        self._note_answer(event, command)
        self._ledger.command(command, outcome, event.text)
        detail = result.error_code or str(getattr(result.confirmation, "status", None) or "")
        self._keep(command, state, detail=detail, answer=event.text)
        command.finish(result)
        self.pump()

    def gave_up(self, event: CallTimedOut) -> None:
        command = self._take_outstanding()
        if command is None:
            return
        self._late[command.unique_id] = command
        if len(self._late) > LATE_COMMANDS_KEPT:
            del self._late[next(iter(self._late))]
        self._ledger.command(command, "timed_out", None)
        self._finish(command, CommandState.TIMED_OUT, "no answer in time")
        self.pump()

    def deadline_passed(self) -> None:
        self._timer = None
        for event in self._connection.handle_deadline(asyncio.get_running_loop().time()):
            if isinstance(event, CallTimedOut):
                self.gave_up(event)
        self._set_timer()

    def lost(self, event: CallLost) -> None:
        command = self._take_outstanding()
        if command is not None:
            self._ledger.command(command, "lost", None)
            self._finish(command, CommandState.UNKNOWN, "the connection was lost before an answer")

    def hand_over(self) -> list[Command]:
        """The commands that were not sent yet, for the newer connection of the same station."""
        commands = self._queue.take_all()
        preparing, self._preparing = self._preparing, None
        if preparing is not None:
            preparing.sent_at = None
            self._keep(preparing, CommandState.QUEUED)
            commands.insert(0, preparing)
        return commands

    def adopt(self, commands: list[Command]) -> None:
        """Take over the commands of an older connection, however many; each keeps its patience."""
        loop = asyncio.get_running_loop()
        self._queue.adopt(commands)
        for command in commands:
            if command.expiry is not None:
                command.expiry.cancel()
                command.expiry = loop.call_at(command.expiry.when(), self._expire, command)

    def close(self) -> None:
        """The connection is being closed: nothing more is sent on it."""
        self._closed = True

    def end(self) -> None:
        """The connection is gone; what was not sent never will be."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        for command in self._queue.take_all():
            self._finish(command, CommandState.NOT_CONNECTED, "the connection closed before it was sent")

    def _next(self) -> Command | None:
        if self.ready:
            return self._queue.take()
        if self._station.registration is RegistrationStatus.PENDING:
            return self._queue.take(pending_only=True)
        return None

    def _send(self, command: Command, error: StoreError | None) -> None:
        if self._preparing is not command:
            return  # it was handed over
        self._preparing = None
        if error is not None:
            self._finish(command, CommandState.REFUSED, f"it could not be kept: {error}")
        elif self._closed:
            self._finish(command, CommandState.NOT_CONNECTED, "the connection closed before it was sent")
        else:
            self._put_on_wire(command)
        self.pump()

    def _put_on_wire(self, command: Command) -> None:
        command.sent_at = self._services.clock.now()
        now_s = asyncio.get_running_loop().time()
        try:
            self._connection.send_call(command.unique_id, command.request, now_s, command.sending.timeout_s)
        except LocalProtocolError as error:
            self._finish(command, CommandState.REFUSED, str(error))
            return
        self._outstanding = command
        if isinstance(command.request, TriggerMessage):
            self._station.triggered.add(command.request.requested_message)
        for text in self._connection.texts_to_send():
            command.text = text
            self._wire(text)
        self._keep(command, CommandState.SENT)
        self._set_timer()

    def _set_timer(self) -> None:
        deadline_s = self._connection.next_deadline()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if deadline_s is not None and not self._closed:
            self._timer = asyncio.get_running_loop().call_at(deadline_s, self.deadline_passed)

    def _take_outstanding(self) -> Command | None:
        command, self._outstanding = self._outstanding, None
        self._set_timer()
        return command

    def _expire(self, command: Command) -> None:
        seconds = self._services.settings.queue_wait_s
        self.withdraw(command, f"not sent: the station was not ready within {seconds:g} s")

    def _finish(self, command: Command, state: CommandState, detail: str) -> None:
        self._keep(command, state, detail=detail)
        command.finish(CommandResult(unique_id=command.unique_id, state=state, error_description=detail))

    def _keep(
        self, command: Command, state: CommandState, *, detail: str = "", answer: str | bytes | None = None
    ) -> None:
        charge_point_id = self._station.charge_point_id
        ended = state not in (CommandState.QUEUED, CommandState.SENT)
        ended_at: datetime | None = self._services.clock.now() if ended else None
        if ended:
            self._services.tally.command(command.request.action, state)
        self._services.store.record_command(
            command.record(
                charge_point_id,
                state,
                self._services.veil,
                ended_at=ended_at,
                answer_text=None if answer is None else _as_text(answer),
                detail=detail,
            )
        )
        self._recorder.command(charge_point_id, command.unique_id, command.request.action, state, detail)

    def _note_answer(self, event: ResultReceived | ErrorReceived, command: Command) -> None:
        at = self._services.clock.now()
        deviations = event.reading.deviations if isinstance(event, ResultReceived) else event.deviations
        if deviations:
            self._ledger.deviations(event.unique_id, command.request.action, deviations, at, event.text)
        if isinstance(event, ResultReceived) and isinstance(event.confirmation, GetConfigurationConf):
            keys = configuration_of(
                self._station.charge_point_id, event.confirmation, at, self._services.veil
            )
            self._services.store.record_configuration(keys)


def configuration_of(
    charge_point_id: str, confirmation: GetConfigurationConf, read_at: datetime, veil: Veil
) -> list[ConfigurationRecord]:
    """What an answer to GetConfiguration says of each key, up to `KEYS_KEPT`; those without a name are left out."""
    known = [
        ConfigurationRecord(
            charge_point_id=charge_point_id,
            key=item.key,
            value=veil.value(item.key, item.value),
            readonly=item.readonly,
            known=True,
            read_at=read_at,
        )
        for item in confirmation.configuration_key or []
        if item.key
    ]
    unknown = [
        ConfigurationRecord(
            charge_point_id=charge_point_id, key=key, value=None, readonly=None, known=False, read_at=read_at
        )
        for key in confirmation.unknown_key or []
    ]
    return (known + unknown)[:KEYS_KEPT]


def _result_of(event: ResultReceived | ErrorReceived) -> tuple[CommandState, CommandResult]:
    if isinstance(event, ResultReceived):
        state = state_of(event.confirmation)
        return state, CommandResult(
            unique_id=event.unique_id,
            state=state,
            confirmation=event.confirmation,
            deviations=event.reading.deviations,
        )
    return CommandState.CALL_ERROR, CommandResult(
        unique_id=event.unique_id,
        state=CommandState.CALL_ERROR,
        error_code=event.error_code,
        error_description=event.error_description,
        deviations=event.deviations,
    )


def _as_text(answer: str | bytes) -> str:
    return answer if isinstance(answer, str) else answer.decode("utf-8", "backslashreplace")

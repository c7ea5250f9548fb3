"""Commands of ours to one station: their states, and the queue in which they wait their turn."""

import asyncio
import uuid
from datetime import datetime
from enum import IntEnum, StrEnum

import msgspec

from chargeproof.central_system.veil import Veil
from chargeproof.ocpp import Confirmation, Deviation, Request, encode_payload
from chargeproof.store import Store
from chargeproof.store.records import CommandRecord


def new_unique_id() -> str:
    """An id that no other message has, in this process or another; 36 characters (J§4.1.4)."""
    return str(uuid.uuid4())


class CommandState(StrEnum):
    """What is known of a command; each fact apart. That a station accepts proves no effect.

    NOT_CONNECTED: no socket, nothing was sent. REFUSED: never sent, for the reason given. QUEUED: waits.
    SENT: on the wire. ACCEPTED, REJECTED: by the status of its answer. ANSWERED: the answer has no status.
    CALL_ERROR: answered by a CALLERROR. TIMED_OUT: no answer in time. ANSWERED_LATE: one came after all.
    UNKNOWN: sent, then the connection or the node was lost.
    """

    NOT_CONNECTED = "not_connected"
    REFUSED = "refused"
    QUEUED = "queued"
    SENT = "sent"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    ANSWERED = "answered"
    CALL_ERROR = "call_error"
    TIMED_OUT = "timed_out"
    ANSWERED_LATE = "answered_late"
    UNKNOWN = "unknown"


class Priority(IntEnum):
    """Who asks; the operator's commands go first."""

    OPERATOR = 0
    AUTOMATION = 1


class CommandResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a command. `confirmation` is read as far as it can be; see `deviations`.

    `error_description` also holds our own reason in the states without an answer.
    """

    unique_id: str
    state: CommandState
    confirmation: Confirmation | None = None
    error_code: str | None = None
    error_description: str = ""
    deviations: tuple[Deviation, ...] = ()


class QueueFull(Exception):
    """As many commands wait for the station as are allowed to."""


DONE_STATUSES = frozenset({"Accepted", "Scheduled", "RebootRequired", "Unlocked"})
"""Answers by which a station takes a command on; every other status declines it."""


def state_of(confirmation: Confirmation | None) -> CommandState:
    """The state that an answer puts its command into."""
    status = getattr(confirmation, "status", None)
    if status is None:
        return CommandState.ANSWERED
    return CommandState.ACCEPTED if status in DONE_STATUSES else CommandState.REJECTED


class Sending(msgspec.Struct, frozen=True):
    """How a command is to be sent.

    unique_id: of the CALL. timeout_s: how long its answer is waited for, from when it is sent; None: as long as
    the settings say. while_pending: also to a station that was told Pending (S§4.2 allows questions and
    configuration then).
    """

    unique_id: str
    timeout_s: float | None = None
    priority: Priority = Priority.OPERATOR
    while_pending: bool = False


class Command:
    """One command on its way. `done` is resolved once; a late answer changes only what is kept."""

    __slots__ = ("done", "expiry", "queued_at", "request", "sending", "sent_at", "text")

    def __init__(self, request: Request, sending: Sending, queued_at: datetime) -> None:
        self.request = request
        self.sending = sending
        self.queued_at = queued_at
        self.sent_at: datetime | None = None
        self.text: str | None = None
        self.expiry: asyncio.TimerHandle | None = None
        self.done: asyncio.Future[CommandResult] = asyncio.get_running_loop().create_future()

    @property
    def unique_id(self) -> str:
        return self.sending.unique_id

    def finish(self, result: CommandResult) -> None:
        if self.expiry is not None:
            self.expiry.cancel()
        if not self.done.done():
            self.done.set_result(result)

    def record(
        self,
        charge_point_id: str,
        state: CommandState,
        veil: Veil,
        *,
        ended_at: datetime | None = None,
        answer_text: str | None = None,
        detail: str = "",
    ) -> CommandRecord:
        """The row of the store in this state; passwords in it are veiled."""
        return CommandRecord(
            command_id=f"{charge_point_id}/{self.unique_id}",
            charge_point_id=charge_point_id,
            unique_id=self.unique_id,
            action=self.request.action,
            payload_text=veil.text(encode_payload(self.request)),
            state=state,
            priority=self.sending.priority,
            queued_at=self.queued_at,
            sent_at=self.sent_at,
            ended_at=ended_at,
            answer_text=None if answer_text is None else veil.text(answer_text),
            detail=detail,
        )


async def settle_interrupted(store: Store, now: datetime) -> None:
    """Commands that a node took with it when it died: sent ones may have been carried out."""
    for command in await store.interrupted_commands():
        was_sent = command.state == CommandState.SENT
        state = CommandState.UNKNOWN if was_sent else CommandState.NOT_CONNECTED
        detail = "the central system was interrupted"
        store.record_command(msgspec.structs.replace(command, state=state, ended_at=now, detail=detail))


class CommandQueue:
    """Commands that wait: the operator's before those of automation, each kind in order of arrival."""

    __slots__ = ("_limit", "_waiting")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._waiting: list[Command] = []  # mostly empty, once for each station: the smallest there is

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, command: Command) -> None:
        """Raises QueueFull."""
        if len(self) >= self._limit:
            raise QueueFull(f"{len(self)} commands are waiting already, as many as are allowed to")
        self._waiting.append(command)

    def adopt(self, commands: list[Command]) -> None:
        """Put in what was let in elsewhere, whatever the limit."""
        self._waiting.extend(commands)

    def take(self, *, pending_only: bool = False) -> Command | None:
        """The next command; `pending_only`: the next one that may go to a station that is pending."""
        fitting = [command for command in self._waiting if command.sending.while_pending or not pending_only]
        if not fitting:
            return None
        command = min(fitting, key=_priority)
        self._waiting.remove(command)
        return command

    def withdraw(self, command: Command) -> bool:
        """Whether the command was still waiting."""
        try:
            self._waiting.remove(command)
        except ValueError:
            return False
        return True

    def take_all(self) -> list[Command]:
        """Every command that waits, in the order in which they would have been sent."""
        everything = sorted(self._waiting, key=_priority)
        self._waiting.clear()
        return everything


def _priority(command: Command) -> Priority:
    return command.sending.priority

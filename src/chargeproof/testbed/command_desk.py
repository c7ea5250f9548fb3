"""Commands on behalf of people: sent, followed to their end, and their effect looked for in what comes after.

That a station accepts a command and that it does it are two things. For a command whose effect its messages
can show, the requests of the station are watched from the moment the command is sent.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from chargeproof.central_system import CentralSystem
from chargeproof.central_system.commands import CommandResult, CommandState, new_unique_id
from chargeproof.clock import Clock
from chargeproof.ocpp import Call, FrameError, Request, decode_frame, encode_payload
from chargeproof.resources.commands import Command, Effect
from chargeproof.testbed.effects import Expectation, expectation_of
from chargeproof.trace import CommandChanged, Entry, Frame

REMEMBERED = 1000
EFFECT_WAIT_S = 900.0
"""How long an effect is looked for after the command has come to its end; firmware takes its time."""
OPEN_STATES = frozenset({CommandState.QUEUED, CommandState.SENT})
HOPEFUL_STATES = frozenset(
    {CommandState.ACCEPTED, CommandState.ANSWERED, CommandState.ANSWERED_LATE, CommandState.UNKNOWN,
     CommandState.TIMED_OUT}
)  # fmt: skip

Tell = Callable[[str, str, Any], None]


class _Errand:
    """One command that was sent from here."""

    def __init__(self, command: Command, expectation: Expectation | None) -> None:
        self.command = command
        self.expectation = expectation
        self.began = asyncio.Event()
        self.task: asyncio.Task[CommandResult] | None = None
        self.unwatch: Callable[[], None] | None = None
        self.giving_up: asyncio.TimerHandle | None = None

    def change(self, **fields: Any) -> Command:
        self.command = msgspec.structs.replace(self.command, **fields)
        return self.command


class CommandDesk:
    """`tell` publishes a change under a live topic: topic, kind, data."""

    def __init__(self, central_system: CentralSystem, clock: Clock, tell: Tell) -> None:
        self._central_system = central_system
        self._clock = clock
        self._tell = tell
        self._errands: OrderedDict[tuple[str, str], _Errand] = OrderedDict()

    def find(self, charge_point_id: str, command_id: str) -> Command | None:
        """A command that was sent from here and is still remembered, in its present state."""
        errand = self._errands.get((charge_point_id, command_id))
        return None if errand is None else errand.command

    async def send(
        self,
        charge_point_id: str,
        request: Request,
        *,
        timeout_s: float | None = None,
        wait_s: float = 0.0,
        while_pending: bool = False,
    ) -> Command:
        """Send it and wait so long for its end; it goes on without anybody who waits."""
        errand = self._errand(charge_point_id, request)
        errand.unwatch = self._central_system.watch(charge_point_id, lambda entry: self._heard(errand, entry))
        errand.task = asyncio.create_task(
            self._central_system.call(
                charge_point_id,
                request,
                timeout_s=timeout_s,
                while_pending=while_pending,
                unique_id=errand.command.command_id,
            ),
            name=f"command {request.action} to {charge_point_id}",
        )
        errand.task.add_done_callback(lambda task: self._ended(errand, task))
        began = asyncio.create_task(errand.began.wait())
        try:
            await asyncio.wait({errand.task, began}, return_when=asyncio.FIRST_COMPLETED)
            if wait_s > 0:
                await asyncio.wait({errand.task}, timeout=wait_s)
        finally:
            began.cancel()
        if errand.task.done() and not errand.task.cancelled():
            self._ended(errand, errand.task)
        return errand.command

    async def stop(self) -> None:
        tasks = [errand.task for errand in self._errands.values() if errand.task and not errand.task.done()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for errand in self._errands.values():
            self._let_go(errand)

    def _errand(self, charge_point_id: str, request: Request) -> _Errand:
        payload = msgspec.json.decode(encode_payload(request))
        expectation = expectation_of(request.action, payload)
        command = Command(
            command_id=new_unique_id(),
            charge_point_id=charge_point_id,
            action=request.action,
            payload=payload,
            state=CommandState.QUEUED,
            queued_at=self._clock.now(),
            effect=Effect(expected=expectation.text if expectation else ""),
        )
        errand = self._errands[charge_point_id, command.command_id] = _Errand(command, expectation)
        while len(self._errands) > REMEMBERED:
            self._let_go(self._errands.popitem(last=False)[1])
        return errand

    def _heard(self, errand: _Errand, entry: Entry) -> None:
        if isinstance(entry, CommandChanged) and entry.unique_id == errand.command.command_id:
            self._state_changed(errand, entry)
        elif isinstance(entry, Frame) and entry.sender == "charge_point" and entry.text is not None:
            self._look_for_effect(errand, entry.text, entry.at)

    def _state_changed(self, errand: _Errand, entry: CommandChanged) -> None:
        state = CommandState(entry.state)
        fields: dict[str, Any] = {"state": state, "detail": entry.detail}
        if state is CommandState.SENT:
            fields["sent_at"] = entry.at
        elif state not in OPEN_STATES:
            fields["ended_at"] = entry.at
        errand.change(**fields)
        errand.began.set()
        if state not in OPEN_STATES:
            self._maybe_let_go(errand, state)

    def _maybe_let_go(self, errand: _Errand, state: CommandState) -> None:
        """Look on only where something may still come: an effect, or a late answer."""
        if state not in HOPEFUL_STATES or (
            errand.expectation is None and state is not CommandState.TIMED_OUT
        ):
            self._let_go(errand)
        elif errand.giving_up is None:
            loop = asyncio.get_running_loop()
            errand.giving_up = loop.call_later(EFFECT_WAIT_S, self._let_go, errand)

    def _let_go(self, errand: _Errand) -> None:
        if errand.unwatch is not None:
            errand.unwatch()
            errand.unwatch = None
        if errand.giving_up is not None:
            errand.giving_up.cancel()
            errand.giving_up = None

    def _look_for_effect(self, errand: _Errand, text: str, at: datetime) -> None:
        expectation = errand.expectation
        if expectation is None or errand.command.sent_at is None or f'"{expectation.action}"' not in text:
            return
        read = request_in(text)
        if read is not None and expectation.shown_by(*read):
            errand.expectation = None
            effect = Effect(expected=expectation.text, seen_at=at, shown_by=expectation.action)
            self._told(errand.change(effect=effect), "effect")
            if errand.command.state not in OPEN_STATES:
                self._let_go(errand)

    def _ended(self, errand: _Errand, task: "asyncio.Task[CommandResult]") -> None:
        if task.cancelled() or task.exception() is not None:
            self._let_go(errand)
            return
        result = task.result()
        command = errand.command
        confirmation = result.confirmation
        if command.state in OPEN_STATES or (command.confirmation is None and confirmation is not None):
            errand.change(
                state=result.state if command.state in OPEN_STATES else command.state,
                ended_at=command.ended_at or self._clock.now(),
                detail=command.detail or result.error_description,
                confirmation=None if confirmation is None else msgspec.to_builtins(confirmation),
                error_code=result.error_code,
                error_description=result.error_description,
            )
            self._told(errand.command, "command")
            self._maybe_let_go(errand, CommandState(errand.command.state))

    def _told(self, command: Command, kind: str) -> None:
        self._tell(f"commands:{command.charge_point_id}", kind, command)


def request_in(text: str) -> tuple[str, dict[str, Any]] | None:
    """Action and payload of a CALL; None for anything else."""
    try:
        frame = decode_frame(text)
        if isinstance(frame, Call):
            payload = msgspec.json.decode(frame.payload)
            return (frame.action, payload) if isinstance(payload, dict) else None
    except (FrameError, msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    return None

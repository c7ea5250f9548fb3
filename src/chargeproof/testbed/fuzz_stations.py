"""Stations of a fuzz run: they send what a frame source gives them and keep account of what is owed to them."""

import asyncio
import json
import random
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol, cast

import msgspec

from chargeproof.ocpp import REQUESTS, DataTransfer
from chargeproof.simulator.ports import Dial, Wire
from chargeproof.testbed.fuzz_frames import FrameSource, Sent

FENCE_S = 30.0
MOST_IN_A_BURST = 30
LATE_ANSWERS_KEPT = 20
SHOWN = 2000


class Finding(msgspec.Struct, frozen=True):
    """What broke. ``texts``: what had been sent before, the newest last, shortened."""

    what: str
    detail: str
    texts: tuple[str, ...] = ()


class Debt(msgspec.Struct):
    """Answers that are owed under one id, and whether they must all be confirmations."""

    count: int
    confirmed: bool
    text: str


class RoughWire(Wire, Protocol):
    """A wire that also carries texts that are none."""

    def send_as_is(self, content: str | bytes) -> None: ...


class FuzzedStation:
    """One station. ``report`` is told what broke; ``sent`` and ``answered`` count texts."""

    def __init__(
        self,
        charge_point_id: str,
        dice: random.Random,
        *,
        dial: Dial,
        longest: int,
        report: Callable[[Finding], None],
    ) -> None:
        self.charge_point_id = charge_point_id
        self.sent = self.answered = self.sockets = 0
        self._dice = dice
        self._dial = dial
        self._report = report
        self._source = FrameSource(dice, longest=longest)
        self._owed: dict[str, Debt] = {}
        self._late: deque[str] = deque(maxlen=LATE_ANSWERS_KEPT)
        self._fences = 0
        self._fence: tuple[str, asyncio.Future[bool]] | None = None
        self._wire: RoughWire | None = None
        self._reader: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        """Open a socket, be it the first one or one more, and boot on it."""
        older, self._wire = self._wire, None
        self._owed.clear()
        # A dial gives what can send; the wires of this package can send anything.
        wire = cast(RoughWire, await self._dial(self.charge_point_id, ["ocpp1.6"]))
        if self._reader is not None:
            self._reader.cancel()
        self._wire = wire
        self.sockets += 1
        self._reader = asyncio.create_task(self._read(wire), name=f"{self.charge_point_id}: reader")
        if older is not None and self._dice.random() < 0.5:
            await older.close()  # else the central system has to see to it that the newer one wins
        boot = {"chargePointVendor": "Fuzz", "chargePointModel": "Fuzz"}
        self._send(Sent(json.dumps([2, f"boot-{self.sockets}", "BootNotification", boot])))
        await self._behind_a_fence()

    async def leave(self) -> None:
        """Close the socket."""
        if self._wire is not None:
            await self._wire.close()
        if self._reader is not None:
            self._reader.cancel()

    async def round(self) -> None:
        """A burst of texts, and then everything that is owed for them."""
        if self._dice.random() < 0.003:
            await self.connect()
        for _ in range(self._dice.randint(1, MOST_IN_A_BURST)):
            self._send(self._source.next())
        while self._late and self._dice.random() < 0.3:
            self._send(Sent(self._late.popleft()))
        await self._behind_a_fence()

    def _send(self, sent: Sent) -> None:
        if self._wire is None:
            return
        if sent.owed is not None:
            debt = self._owed.setdefault(sent.owed, Debt(0, True, _shown(sent.content)))
            debt.count += 1
            debt.confirmed = debt.confirmed and sent.confirmed
        self._wire.send_as_is(sent.content)
        self.sent += 1

    async def _behind_a_fence(self) -> None:
        """Answers come in the order of the calls: after that of a last one, nothing may be owed any more."""
        self._fences += 1
        unique_id = f"fence-{self._fences}"
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._fence = (unique_id, future)
        owed = tuple(debt.text for debt in self._owed.values())
        self._send(self._source.call(DataTransfer, {"vendorId": "fence"}, unique_id))
        try:
            async with asyncio.timeout(FENCE_S):
                alive = await future
        except TimeoutError:
            self._report(Finding("hang", f"a DataTransfer was not answered within {FENCE_S:g} s", owed))
            alive = False
        if not alive:
            await self.connect()
            return
        for unique_id, debt in self._owed.items():
            self._report(
                Finding("unanswered", f"{debt.count} answers under the id {unique_id}", (debt.text,))
            )
        self._owed.clear()

    async def _read(self, wire: RoughWire) -> None:
        while (text := await wire.receive()) is not None:
            self._received(str(text))
        if wire is self._wire and self._fence is not None and not self._fence[1].done():
            owed = tuple(debt.text for debt in self._owed.values())
            self._report(Finding("closed", "the central system closed the socket", owed))
            self._fence[1].set_result(False)

    def _received(self, text: str) -> None:
        try:
            frame: list[Any] = json.loads(text)
            kind, unique_id = int(frame[0]), str(frame[1])
        except (ValueError, TypeError, IndexError):
            self._report(Finding("bad text", "the central system sent what is no frame", (_shown(text),)))
            return
        if kind == 2:
            self._commanded(unique_id, str(frame[2]))
        else:
            self._paid(kind, unique_id, text)

    def _paid(self, kind: int, unique_id: str, text: str) -> None:
        self.answered += 1
        debt = self._owed.get(unique_id)
        if debt is not None:
            if kind == 4 and debt.confirmed:
                self._report(Finding("CALLERROR to a transaction's message", _shown(text), (debt.text,)))
            debt.count -= 1
            if not debt.count:
                del self._owed[unique_id]
        if self._fence is not None and unique_id == self._fence[0] and not self._fence[1].done():
            self._fence[1].set_result(True)

    def _commanded(self, unique_id: str, action: str) -> None:
        answers = self._source.answers(unique_id, REQUESTS.get(action))
        chance = self._dice.random()
        if chance < 0.1:
            return
        if chance < 0.2:
            self._late += answers
            return
        for answer in answers:
            self._send(Sent(answer))


def _shown(content: str | bytes) -> str:
    text = content if isinstance(content, str) else repr(content)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}… ({len(text)} characters)"

"""Hands that are asked for: one prompt at a time, which goes away when the station's messages show the act."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from chargeproof.acceptance.ports import Act, Deed, StoppedByPersonError
from chargeproof.clock import Clock
from chargeproof.testbed.prompts import (
    BY_PERSON,
    BY_STATION,
    NO_REASON,
    ActNumbers,
    Prompt,
    PromptFace,
    prompt_for,
    shows,
)
from chargeproof.testbed.recorder import RunRecorder


class PromptedSite:
    """A person at the parking place, asked through a face. Fulfils ``acceptance.ports.Site``.

    ``limit_s``: how long a prompt waits for its answer (None: for ever); then the act is *cannot*.
    ``after``: the number of the last prompt that this run has shown before.
    """

    kind = "person"

    def __init__(
        self,
        face: PromptFace,
        recorder: RunRecorder,
        clock: Clock,
        *,
        limit_s: float | None = None,
        after: int = 0,
    ) -> None:
        self._face = face
        self._recorder = recorder
        self._clock = clock
        self._limit_s = limit_s
        self._numbers = ActNumbers()
        self.prompts = after
        recorder.watch(self._numbers.follow)

    async def perform(self, act: Act) -> Deed:
        """Raises StoppedByPersonError when the person says stop."""
        self.prompts += 1
        prompt = prompt_for(
            act,
            number=self.prompts,
            act_number=self._numbers.present,
            asked_at=self._clock.now(),
            limit_s=self._limit_s,
        )
        try:
            deed = await _first_of(self._answered(prompt), self._shown(act), self._given_up())
        except BaseException:
            self._face.ended(prompt, None)
            raise
        self._face.ended(prompt, deed)
        return deed

    async def _answered(self, prompt: Prompt) -> Deed:
        answer = await self._face.answer(prompt)
        match answer.said:
            case "done":
                return Deed("done", BY_PERSON)
            case "cannot":
                return Deed("cannot", BY_PERSON, answer.reason.strip() or NO_REASON)
            case "stop":
                raise StoppedByPersonError("the person said stop")

    async def _shown(self, act: Act) -> Deed:
        exchanges = self._recorder.pairing.exchanges
        looked_at = len(exchanges)

        def seen() -> Deed | None:
            nonlocal looked_at
            while looked_at < len(exchanges):
                exchange = exchanges[looked_at]
                looked_at += 1
                if exchange.sender == "charge_point" and shows(act, exchange):
                    return Deed("seen", BY_STATION, exchange.action)
            return None

        deed = await self._recorder.until(seen, None)
        assert deed is not None, "without a limit there is no end but an answer"  # noqa: S101
        return deed

    async def _given_up(self) -> Deed:
        if self._limit_s is None:
            await asyncio.get_running_loop().create_future()
        limit_s = self._limit_s or 0.0
        await self._clock.sleep(limit_s)
        return Deed("cannot", BY_PERSON, f"nobody answered within {limit_s:g} s")


async def _first_of(*ways: Coroutine[Any, Any, Deed]) -> Deed:
    tasks = [asyncio.ensure_future(way) for way in ways]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return next(task for task in tasks if task.done()).result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

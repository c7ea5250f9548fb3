"""Prompts that are shown wherever somebody looks at the run, and answered by whoever is first."""

import asyncio
from collections.abc import Callable

from chargeproof.acceptance.ports import Deed
from chargeproof.testbed.prompts import Prompt, PromptAnswer
from chargeproof.testbed.run_state import PromptEnded


class DeskFace:
    """Fulfils ``PromptFace``. ``on_change`` is called when the present prompt comes or goes."""

    def __init__(self, on_change: Callable[[], None]) -> None:
        self.present: Prompt | None = None
        self.last: PromptEnded | None = None
        self._on_change = on_change
        self._answer: asyncio.Future[PromptAnswer] | None = None

    async def answer(self, prompt: Prompt) -> PromptAnswer:
        self.present = prompt
        self._answer = asyncio.get_running_loop().create_future()
        self._on_change()
        try:
            return await self._answer
        finally:
            self._answer = None

    def give(self, prompt_id: int, answer: PromptAnswer) -> bool:
        """Answer the present prompt; False where it is another one by now, or was answered."""
        if self.present is None or self.present.id != prompt_id or self._answer is None:
            return False
        if self._answer.done():
            return False
        self._answer.set_result(answer)
        return True

    def ended(self, prompt: Prompt, deed: Deed | None) -> None:
        if self.present is prompt:
            self.present = None
        if deed is not None:
            self.last = PromptEnded(
                id=prompt.id, sentence=prompt.sentence, phase=deed.phase, by=deed.by, detail=deed.detail
            )
        self._on_change()

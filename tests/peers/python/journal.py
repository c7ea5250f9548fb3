"""Every frame that passed, numbered from 1, and what was wrong with any."""

import asyncio
import json
from dataclasses import asdict, dataclass
from typing import Any

CALL, CALL_ERROR = 2, 4


@dataclass(frozen=True)
class JournalEntry:
    n: int
    charge_point_id: str
    sender: str
    frame: Any

    def is_call(self, action: str) -> bool:
        frame = self.frame
        return isinstance(frame, list) and frame[0] == CALL and frame[2] == action

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class Journal:
    def __init__(self) -> None:
        self.violations: list[str] = []
        self._entries: list[JournalEntry] = []
        self._noted = asyncio.Event()

    def note(self, charge_point_id: str, sender: str, text: str | bytes) -> None:
        """Keep a frame. A CALLERROR of the central system means that it did not like what it got."""
        try:
            frame = json.loads(text)
        except ValueError:
            frame = str(text)
            self.violations.append(f"{sender}: not JSON: {text!r}")
        if sender == "central_system" and isinstance(frame, list) and frame[0] == CALL_ERROR:
            self.violations.append(f"answered with {text!r}: {self._call_with(frame[1])}")
        self._entries.append(JournalEntry(len(self._entries) + 1, charge_point_id, sender, frame))
        self._noted.set()
        self._noted = asyncio.Event()

    def of(self, charge_point_id: str) -> list[JournalEntry]:
        return [entry for entry in self._entries if entry.charge_point_id == charge_point_id]

    async def next_call(
        self, charge_point_id: str, action: str, after: int, within_s: float
    ) -> JournalEntry | None:
        """The station's first Call of this action after entry ``after``; waits for it in real seconds."""
        try:
            async with asyncio.timeout(within_s):
                while True:
                    for entry in self.of(charge_point_id):
                        if entry.n > after and entry.sender == "charge_point" and entry.is_call(action):
                            return entry
                    await self._noted.wait()
        except TimeoutError:
            return None

    def _call_with(self, unique_id: str) -> Any:
        frames = (entry.frame for entry in self._entries if isinstance(entry.frame, list))
        return next((frame for frame in frames if frame[:2] == [CALL, unique_id]), None)

"""The control port of a foreign central system, from a test's side."""

import time
from types import TracebackType
from typing import Any, Self

import httpx

CALL, CALL_RESULT, CALL_ERROR = 2, 3, 4
PATIENCE_S = 60.0  # real seconds


class Control:
    """Whatever is asked of it concerns one station."""

    def __init__(self, address: str, charge_point_id: str) -> None:
        self._station = {"charge_point_id": charge_point_id}
        # No time-out of httpx: it would be one of the loop's seconds, which may be faster.
        self._client = httpx.AsyncClient(base_url=address, timeout=None, trust_env=False)  # noqa: S113

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def next_call(self, action: str, after: int = 0) -> tuple[int, dict[str, Any]]:
        """Entry number and payload of the station's first such Call after entry ``after``."""
        query: dict[str, str | float] = {**self._station, "action": action, "after": after}
        answer = await self._client.get("/next", params={**query, "within": PATIENCE_S})
        assert answer.status_code == 200, f"no {action} came in {PATIENCE_S:g} s: {await self.frames()}"
        entry = answer.json()
        return entry["n"], entry["frame"][3]

    async def call(self, action: str, **payload: Any) -> dict[str, Any]:
        """Have a Call sent; returns the confirmation's payload."""
        told = {**self._station, "action": action, "payload": payload}
        answer = (await self._client.post("/call", json=told)).json()
        assert "confirmation" in answer, f"{action}: {answer}"
        confirmation: dict[str, Any] = answer["confirmation"]
        return confirmation

    async def answer_cards(self, **statuses: str) -> None:
        await self._client.post("/cards", json=statuses)

    async def hang_up(self) -> None:
        await self._client.post("/hang-up", params=self._station)

    async def frames(self) -> list[dict[str, Any]]:
        """All entries: ``n``, ``sender`` and ``frame``."""
        entries: list[dict[str, Any]] = (await self._client.get("/frames", params=self._station)).json()
        return entries

    async def answer_to(self, n: int) -> dict[str, Any]:
        """The payload of the CALLRESULT to the Call with entry number ``n``, which may still be on its way."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            frames = {entry["n"]: entry["frame"] for entry in await self.frames()}
            for frame in frames.values():
                if frame[:2] == [CALL_RESULT, frames[n][1]]:
                    payload: dict[str, Any] = frame[2]
                    return payload
        raise AssertionError(
            f"the Call in entry {n} was not answered in {PATIENCE_S:g} s: {await self.frames()}"
        )

    async def violations(self) -> list[str]:
        """What did not fit the other library's JSON schemas."""
        found: list[str] = (await self._client.get("/violations")).json()
        return found


def most_open_calls(entries: list[dict[str, Any]]) -> int:
    """How many Calls of the station were open at once, at most."""
    open_ids: set[str] = set()
    most = 0
    for entry in entries:
        kind, unique_id = entry["frame"][:2]
        if entry["sender"] == "charge_point" and kind == CALL:
            open_ids.add(unique_id)
            most = max(most, len(open_ids))
        elif entry["sender"] == "central_system" and kind in (CALL_RESULT, CALL_ERROR):
            open_ids.discard(unique_id)
    return most

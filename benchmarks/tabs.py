"""Live tabs of the console, in a process of their own: each a `/live` WebSocket of a logged-in person.

They follow what pages follow and read as fast as it comes; what a browser then does with it costs the server
nothing. Reads one command a line: `look` is answered with what came since the last look, `end` ends it.
"""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

import httpx
import msgspec
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.contenders import LOG, Server
from benchmarks.processes import LOAD_CORE, ROOT, end, pin

PASSWORD = re.compile(r"log in as (\S+) with the password (\S+)")


class Told(msgspec.Struct):
    """What came to all tabs together since the last look."""

    batches: int = 0
    messages: int = 0
    bytes: int = 0


class Tabs:
    """The process, from the benchmark's side."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.look()  # they are open

    def look(self) -> Told:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("look\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the tabs ended with {self._process.wait(10)}")
        return msgspec.json.decode(line, type=Told)


@contextmanager
def tabs(server: Server, count: int, topics: list[str]) -> Iterator[Tabs]:
    """Log in and open so many tabs that follow these topics."""
    command = [sys.executable, "-m", "benchmarks.tabs", server.web, str(server.folder / LOG)]
    process = subprocess.Popen(
        [*command, str(count), *topics], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield Tabs(process)
    finally:
        end(process)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


async def _main(web: str, log: str, count: int, topics: list[str]) -> None:
    place = web.removeprefix("http://")
    cookie = await _logged_in(web, log)
    told = Told()
    async with AsyncExitStack() as stack:
        for _ in range(count):
            socket = await stack.enter_async_context(
                connect(
                    f"ws://{place}/live",
                    additional_headers={"Cookie": cookie},
                    origin=web,  # type: ignore[arg-type]
                    max_size=None,
                    proxy=None,
                )
            )
            await socket.send(json.dumps({"subscribe": topics}))
            stack.callback(asyncio.create_task(_read(socket, told)).cancel)
        while (await asyncio.to_thread(sys.stdin.readline)).strip() == "look":
            sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
            sys.stdout.flush()
            told.batches = told.messages = told.bytes = 0


async def _logged_in(web: str, log: str) -> str:
    """The cookie of a session of the first administrator, whose password the server has printed."""
    found = PASSWORD.search(log)
    if found is None:
        raise RuntimeError("the server has told no password")
    async with httpx.AsyncClient(base_url=web, trust_env=False) as client:
        answer = await client.post("/api/v1/session", json={"name": found[1], "password": found[2]})
        answer.raise_for_status()
        return "; ".join(f"{name}={value}" for name, value in client.cookies.items())


async def _read(socket: ClientConnection, told: Told) -> None:
    async for batch in socket:
        told.batches += 1
        told.messages += batch.count('"kind":"message"')  # type: ignore[arg-type]
        told.bytes += len(batch)


if __name__ == "__main__":
    pin(LOAD_CORE)
    asyncio.run(_main(sys.argv[1], Path(sys.argv[2]).read_text("utf-8"), int(sys.argv[3]), sys.argv[4:]))

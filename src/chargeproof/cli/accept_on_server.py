"""`chargeproof accept --server`: the run is played on a running server, and followed and answered here."""

import asyncio
import hashlib
from dataclasses import dataclass
from pathlib import Path

import msgspec
from rich.console import Console
from rich.text import Text

from chargeproof.acceptance.profile import Profile
from chargeproof.acceptance.report import load_report
from chargeproof.cli.acceptance_run import show_end, stopping
from chargeproof.cli.run_attending import Attendant
from chargeproof.client import ApiError, Client
from chargeproof.clock import LoopClock
from chargeproof.errors import ToolError, UsageError
from chargeproof.testbed.prompts import PromptAnswer
from chargeproof.testbed.run_desk import NotNow
from chargeproof.testbed.run_state import RunState, StartRun
from chargeproof.testbed.terminal import Terminal

PATIENCE_S = 120.0
"""How long a server that is away is waited for before the run is given up here; there it goes on."""
CONFLICT = 409


@dataclass(frozen=True)
class Server:
    """Where a server is, and the token to ask it with."""

    address: str
    token: str


class RunThere:
    """A run on a server. Fulfils ``FollowedRun``."""

    def __init__(self, server: Client, run_id: int) -> None:
        self._server = server
        self._run_id = run_id

    async def changed(self, after: int, wait_s: float) -> RunState:
        return await self._server.runs.changed(self._run_id, after, wait_s)

    async def answer(self, prompt_id: int, answer: PromptAnswer) -> None:
        try:
            await self._server.runs.answer(self._run_id, prompt_id, answer.said, answer.reason)
        except ApiError as error:
            raise _too_late(error) from error

    async def answer_questions(self, profile: Profile | None) -> None:
        try:
            await self._server.runs.answer_questions(self._run_id, profile)
        except ApiError as error:
            raise _too_late(error) from error

    async def stop(self) -> str:
        try:
            return (await self._server.runs.stop(self._run_id)).says
        except ApiError as error:
            raise _too_late(error) from error


def _too_late(error: ApiError) -> Exception:
    return NotNow(error.what, error.where, error.remedy) if error.status == CONFLICT else error


async def accept_on_server(
    start: StartRun, server: Server, out: Path | None, *, files_beside: Path = Path()
) -> int:
    """The whole of it; returns the exit code. Raises ChargeproofError.

    ``files_beside``: where the profile lies, whose firmware file is then sent to the server.
    """
    console = Console(highlight=False)
    async with Client(server.address, token=server.token) as there:
        await there.me()  # one that is not there now will hardly come: nobody waits for it
    async with Client(server.address, token=server.token, patience_s=PATIENCE_S) as there:
        state = await there.runs.start(await _with_firmware_there(start, there, files_beside))
        console.print(Text(f"Run {state.id} on {there.address}/runs/{state.id}"), soft_wrap=True)
        attendant = Attendant(RunThere(there, state.id), Terminal(console), LoopClock(), files_are_here=False)
        with stopping(attendant.stop):
            state = await attendant.attend()
        if not state.has_report:
            raise ToolError(state.detail or "there is no report")
        folder = _folder(out or Path(f"chargeproof-run-{state.id}"))
        files = await there.runs.save_all(state.id, folder)
    report = load_report((folder / "report.json").read_bytes())
    return show_end(console, state, report, [*files], folder)


def _folder(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(
            f"this folder cannot be made: {reason}", str(folder), "Give another --out"
        ) from error
    return folder


async def _with_firmware_there(start: StartRun, there: Client, beside: Path) -> StartRun:
    """The firmware file that a profile names lies here; the server gives it to the station."""
    named = start.profile.firmware_file if start.profile is not None else ""
    if start.profile is None or not named:
        return start
    path = beside / named
    if not path.is_file():
        raise UsageError("there is no such firmware file", str(path), "Name one that lies beside the profile")
    digest = await asyncio.to_thread(lambda: hashlib.sha256(path.read_bytes()).hexdigest())
    kept = next((file for file in await there.files.firmware() if file.name == path.name), None)
    if kept is None:
        await there.files.upload_firmware(path)
    elif kept.sha256 != digest:
        raise UsageError(
            f'the server has another firmware file "{path.name}"', str(path), "Give yours another name"
        )
    profile = msgspec.structs.replace(start.profile, firmware_file=path.name)
    return msgspec.structs.replace(start, profile=profile)

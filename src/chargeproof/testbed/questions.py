"""What is asked once per model, on a terminal, and kept as a profile for the next run."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from chargeproof.acceptance.profile import Profile, load_profile, save_profile
from chargeproof.errors import ToolError
from chargeproof.testbed.terminal import Terminal

LONGEST_NAME = 60
LONGEST_TAG = 20


class NoMoreAnswers(Exception):
    """The input has ended; what was not answered stays unstated."""


def profile_path(folder: Path, vendor: str | None, model: str | None) -> Path:
    """Where the profile of a model is kept; one name for each vendor and model, whatever they contain."""
    return folder / f"{_plain(vendor)}--{_plain(model)}.toml"


async def stated_profile(
    terminal: Terminal, folder: Path, *, vendor: str | None, model: str | None
) -> tuple[Profile, Path]:
    """The kept profile of this model, or one from answers, which is then kept.

    Also returns the folder against which the names of files in it are meant. Raises UsageError for a kept
    profile that cannot be read, ToolError where a new one cannot be written.
    """
    path = profile_path(folder, vendor, model)
    if path.exists():
        terminal.say(f"The answers given for this model before are used: {path}", highlight=False)
        return load_profile(path), folder
    terminal.say(
        f"\nThis model is new here: {vendor or 'no vendor'}, {model or 'no model'}. "
        "A few questions, once; Enter keeps what stands in brackets.",
        highlight=False,
        markup=False,
    )
    try:
        profile = await _ask_all(terminal)
    except NoMoreAnswers:
        terminal.say("No one answers: the questions stay open.", style="yellow")
        return Profile(), folder
    _keep(path, profile)
    terminal.say(f"Kept for the next time: {path}", highlight=False, markup=False)
    return profile, folder


def _keep(path: Path, profile: Profile) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_profile(path, profile)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ToolError(f"the profile cannot be kept: {reason}", str(path), "Set another --data") from error


async def _ask_all(terminal: Terminal) -> Profile:
    async def ask(question: str, default: Any, read: Callable[[str], Any]) -> Any:
        return await _ask(terminal, question, default, read)

    answers: dict[str, Any] = {}
    answers["connectivity"] = await ask(
        "How is it connected: modem, lan or wifi?", "lan", _one_of("modem", "lan", "wifi")
    )
    answers["connectors"] = await ask("How many connectors has it?", None, _number)
    answers["connector_id"] = await ask("Which connector does the visit use?", 1, _number)
    answers["fixed_cable"] = await ask("Does the cable hang at the station (yes/no)?", "no", _yes_or_no)
    answers["valid_card"] = await ask("idTag of a card to be accepted (empty: whatever is shown)?", "", _tag)
    answers["unknown_card"] = await ask("idTag of another card, to be refused?", "", _tag)
    answers["local_list"] = await ask(
        "May the first card be put on the station's local list (yes/no)?", "no", _yes_or_no
    )
    answers["how_to_provoke_error"] = await ask("How is an error provoked safely?", "", str)
    answers["firmware_file"] = await ask("Path of a firmware file (empty: no update)?", "", _file)
    if answers["firmware_file"]:
        answers["firmware_version"] = await ask("Which version will it announce?", "", str)
    return msgspec.convert(answers, Profile)


async def _ask(terminal: Terminal, question: str, default: Any, read: Callable[[str], Any]) -> Any:
    """Ask until the answer can be read. Raises NoMoreAnswers."""
    shown = "" if default in (None, "") else f" \\[{default}]"
    while True:
        line = await terminal.ask(question + shown)
        if line is None:
            raise NoMoreAnswers
        if not line:
            return None if default is None else read(str(default))
        try:
            return read(line)
        except ValueError as error:
            terminal.say(f"{error}", style="yellow", highlight=False, markup=False)


def _one_of(*words: str) -> Callable[[str], str]:
    def read(line: str) -> str:
        if line.lower() not in words:
            raise ValueError(f"Please say one of: {', '.join(words)}")
        return line.lower()

    return read


def _number(line: str) -> int:
    if not line.isdecimal() or int(line) < 1:
        raise ValueError("Please give a number from 1")
    return int(line)


def _yes_or_no(line: str) -> bool:
    if line.lower() not in ("y", "yes", "n", "no"):
        raise ValueError("Please say yes or no")
    return line.lower().startswith("y")


def _tag(line: str) -> str:
    if len(line) > LONGEST_TAG:
        raise ValueError(f"An idTag has at most {LONGEST_TAG} characters")
    return line


def _file(line: str) -> str:
    if not line:
        return ""
    path = Path(line).expanduser().resolve()
    if not path.is_file():
        raise ValueError(f"There is no file {path}")
    return str(path)


def _plain(name: str | None) -> str:
    return re.sub(r"[^\w.-]+", "_", name or "unknown").strip("._")[:LONGEST_NAME] or "unknown"

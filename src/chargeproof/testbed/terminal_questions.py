"""The questions about a model, asked on a terminal."""

import asyncio
from collections.abc import Collection, Coroutine, Sequence
from pathlib import Path
from typing import Any

from chargeproof.acceptance.profile import Profile
from chargeproof.testbed.questions import Question, Value, profile_from, read_answer
from chargeproof.testbed.terminal import Terminal

TAGS = ("valid_card", "unknown_card")


class NoMoreAnswers(Exception):
    """The input has ended; what was not answered stays unstated."""


async def ask_on(
    terminal: Terminal, questions: Sequence[Question], cards: asyncio.Queue[str], *, files_are_here: bool
) -> Profile | None:
    """Ask all that concern this station; None when nobody answers.

    ``cards``: idTags of cards as they are held to the station.
    ``files_are_here``: a file that is named must lie on this machine; else it is a name on the server's.
    """
    terminal.begin_prompt()
    answers: dict[str, Any] = {}
    try:
        for question in questions:
            if not question.only_with or answers.get(question.only_with):
                named = {str(answers[name]).casefold() for name in TAGS if answers.get(name)}
                answers[question.name] = await _ask(terminal, question, files_are_here, cards, named)
    except NoMoreAnswers:
        return None
    return profile_from(answers)


async def _ask(
    terminal: Terminal,
    question: Question,
    files_are_here: bool,
    cards: asyncio.Queue[str],
    named: Collection[str],
) -> Value:
    """Ask until the answer can be read. Raises NoMoreAnswers. ``named``: cards that have their part already."""
    while True:
        asked = terminal.ask(question.text + _default_of(question))
        line = await (_typed_or_shown(terminal, asked, cards, named) if question.kind == "tag" else asked)
        if line is None:
            raise NoMoreAnswers
        try:
            answer = read_answer(question, line)
            if str(answer).casefold() in named and question.kind == "tag":
                raise ValueError("That card is to be accepted: another one is needed")
            return _file_here(answer) if question.kind == "file" and files_are_here else answer
        except ValueError as error:
            terminal.say(f"{error}", style="yellow", highlight=False, markup=False)


async def _typed_or_shown(
    terminal: Terminal,
    asked: Coroutine[Any, Any, str | None],
    cards: asyncio.Queue[str],
    named: Collection[str],
) -> str | None:
    """What is typed, or the card that is held to the station, whichever is first."""
    typing, showing = asyncio.create_task(asked), asyncio.create_task(_other_card(cards, named))
    try:
        await asyncio.wait((typing, showing), return_when=asyncio.FIRST_COMPLETED)
        if not typing.done():
            terminal.say(showing.result(), markup=False)
        return typing.result() if typing.done() else showing.result()
    finally:
        typing.cancel()
        showing.cancel()


async def _other_card(cards: asyncio.Queue[str], named: Collection[str]) -> str:
    while (card := await cards.get()).casefold() in named:
        pass
    return card


def _default_of(question: Question) -> str:
    default = question.default
    if isinstance(default, bool):
        default = "yes" if default else "no"
    return f" \\[{default}]" if default else ""


def _file_here(answer: Value) -> str:
    if not answer:
        return ""
    path = Path(str(answer)).expanduser().resolve()
    if not path.is_file():
        raise ValueError(f"There is no file {path}")
    return str(path)

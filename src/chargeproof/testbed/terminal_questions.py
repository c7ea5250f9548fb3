"""The questions about a model, asked on a terminal."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chargeproof.acceptance.profile import Profile
from chargeproof.testbed.questions import Question, Value, profile_from, read_answer
from chargeproof.testbed.terminal import Terminal


class NoMoreAnswers(Exception):
    """The input has ended; what was not answered stays unstated."""


async def ask_on(
    terminal: Terminal, questions: Sequence[Question], *, files_are_here: bool
) -> Profile | None:
    """Ask all that concern this station; None when nobody answers.

    ``files_are_here``: a file that is named must lie on this machine; else it is a name on the server's.
    """
    answers: dict[str, Any] = {}
    try:
        for question in questions:
            if not question.only_with or answers.get(question.only_with):
                answers[question.name] = await _ask(terminal, question, files_are_here)
    except NoMoreAnswers:
        return None
    return profile_from(answers)


async def _ask(terminal: Terminal, question: Question, files_are_here: bool) -> Value:
    """Ask until the answer can be read. Raises NoMoreAnswers."""
    while True:
        line = await terminal.ask(question.text + _default_of(question))
        if line is None:
            raise NoMoreAnswers
        try:
            answer = read_answer(question, line)
            return _file_here(answer) if question.kind == "file" and files_are_here else answer
        except ValueError as error:
            terminal.say(f"{error}", style="yellow", highlight=False, markup=False)


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

"""What is asked once per model, as data: a console shows it, a terminal asks it, and the answers are kept."""

import re
from pathlib import Path
from typing import Any, Literal

import msgspec

from chargeproof.acceptance.profile import Profile, load_profile, save_profile
from chargeproof.errors import ToolError

LONGEST_NAME = 60
LONGEST_TAG = 20

Kind = Literal["choice", "number", "yes_no", "text", "tag", "file"]
Value = str | int | bool | None


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One question. ``name`` is the profile's key; ``answer`` what was answered for this model before.

    ``default``: what an empty answer means. ``only_with``: asked only if that other key has an answer.
    ``why``: what the test does with it.
    """

    name: str
    text: str
    kind: Kind
    choices: tuple[str, ...] = ()
    default: Value = None
    only_with: str = ""
    why: str = ""
    answer: Value = None


QUESTIONS: tuple[Question, ...] = (
    Question(
        name="connectivity",
        text="How is it connected: modem, lan or wifi?",
        kind="choice",
        choices=("modem", "lan", "wifi"),
        default="lan",
        why="without a modem no ICCID is asked for",
    ),
    Question(
        name="connectors",
        text="How many connectors has it (empty: as many as tell a status)?",
        kind="number",
        why="each is tested",
    ),
    Question(
        name="connector_id",
        text="Which connector does the visit use?",
        kind="number",
        default=1,
        why="the cable and the cards are for this one",
    ),
    Question(
        name="fixed_cable",
        text="Does the cable hang at the station (yes/no)?",
        kind="yes_no",
        default=False,
        why="it is plugged in at the vehicle then",
    ),
    Question(
        name="valid_card",
        text="idTag of a card to be accepted (empty: nothing with cards is run; or hold it to the station)?",
        kind="tag",
        default="",
        why="it starts and stops transactions; without one functions 6, 7 and 14 are not run in full",
    ),
    Question(
        name="unknown_card",
        text="idTag of another card, to be refused (empty: 6.3 is not run; or hold it to the station)?",
        kind="tag",
        default="",
        why="nothing may start with it",
    ),
    Question(
        name="local_list",
        text="May the first card be put on the station's local list (yes/no)?",
        kind="yes_no",
        default=False,
        why="it then starts a session while the central system is out of reach",
    ),
    Question(
        name="how_to_provoke_error",
        text="How is an error provoked safely (empty: as its builder says)?",
        kind="text",
        default="",
        why="it is shown when act 9 is asked for",
    ),
    Question(
        name="firmware_file",
        text="Path of a firmware file (empty: no update)?",
        kind="file",
        default="",
        why="function 12 installs it",
    ),
    Question(
        name="firmware_version",
        text="Which version will it announce?",
        kind="text",
        default="",
        only_with="firmware_file",
        why="the station must announce it after the update",
    ),
    Question(
        name="may_raise_security_profile",
        text="May security cases raise its security profile for good (yes/no)?",
        kind="yes_no",
        default=False,
        why="TC_083 and TC_084 do; nothing lowers it again over OCPP",
    ),
    Question(
        name="without_certificate",
        text="Is it without any certificate of its own, so that it must refuse security profile 3 (yes/no)?",
        kind="yes_no",
        default=False,
        only_with="may_raise_security_profile",
        why="TC_084 asks for it then; one that takes it and does not fall back stays away",
    ),
)
_OF_SECURITY = frozenset({"may_raise_security_profile", "without_certificate"})


def questions_for(*, security: bool) -> tuple[Question, ...]:
    """Those that arise in a run with or without security cases."""
    return tuple(each for each in QUESTIONS if security or each.name not in _OF_SECURITY)


def questions_with(remembered: Profile | None) -> tuple[Question, ...]:
    """The questions with the answers that were given before."""
    if remembered is None:
        return QUESTIONS
    return tuple(
        msgspec.structs.replace(question, answer=getattr(remembered, question.name)) for question in QUESTIONS
    )


def read_answer(question: Question, line: str) -> Value:
    """A typed line as the answer; an empty one is the default. Raises ValueError that says what would do."""
    if not line:
        return question.default
    match question.kind:
        case "choice":
            return _choice(question, line)
        case "number":
            if not line.isdecimal() or int(line) < 1:
                raise ValueError("Please give a number from 1")
            return int(line)
        case "yes_no":
            if line.lower() not in ("y", "yes", "n", "no"):
                raise ValueError("Please say yes or no")
            return line.lower().startswith("y")
        case "tag":
            if len(line) > LONGEST_TAG:
                raise ValueError(f"An idTag has at most {LONGEST_TAG} characters")
    return line


def _choice(question: Question, line: str) -> str:
    if line.lower() not in question.choices:
        raise ValueError(f"Please say one of: {', '.join(question.choices)}")
    return line.lower()


def profile_from(answers: dict[str, Any]) -> Profile:
    """Answers by name as a profile; what was not answered stays unstated."""
    return msgspec.convert({name: value for name, value in answers.items() if value is not None}, Profile)


class Profiles:
    """The profiles that are kept, one file for each vendor and model."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, vendor: str | None, model: str | None) -> Path:
        """One name for each vendor and model, whatever they contain."""
        return self.folder / f"{_plain(vendor)}--{_plain(model)}.toml"

    def remembered(self, vendor: str | None, model: str | None) -> Profile | None:
        """What was kept for this model. Raises UsageError for a file that cannot be read."""
        path = self.path(vendor, model)
        return load_profile(path) if path.exists() else None

    def keep(self, vendor: str | None, model: str | None, profile: Profile) -> Path:
        """Keep it for the next run of this model. Raises ToolError."""
        path = self.path(vendor, model)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            save_profile(path, profile)
        except OSError as error:
            reason = error.strerror or str(error)
            raise ToolError(
                f"the profile cannot be kept: {reason}", str(path), "Set another --data"
            ) from error
        return path


def _plain(name: str | None) -> str:
    return re.sub(r"[^\w.-]+", "_", name or "unknown").strip("._")[:LONGEST_NAME] or "unknown"

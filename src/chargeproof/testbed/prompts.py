"""What a person at the parking place is asked, and what can be answered, whatever it is shown on."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal, Protocol

import msgspec

from chargeproof.acceptance import visit
from chargeproof.acceptance.ports import Act, Deed
from chargeproof.trace import Entry, StepChanged

# The nine acts of the visit, by the scene in which each is asked for.
ACT_OF_SCENE: dict[str, int] = {
    visit.PLUG_IN: 1,
    visit.WAIT_FOR_TIME_OUT: 2,
    visit.REMOTE_SESSION: 3,
    visit.REMOTE_STOP: 3,
    visit.LOCAL_START: 4,
    visit.LOCAL_STOP: 5,
    visit.UNKNOWN_CARD: 6,
    visit.UNPLUG: 7,
    visit.OUTAGE: 8,
    visit.FAULT: 9,
}
ACTS = 9

BY_PERSON = "person"
BY_STATION = "station"
NO_ONE = "no one answers"
NO_REASON = "no reason was given"


class Prompt(msgspec.Struct, frozen=True, kw_only=True):
    """One act as a person is asked for it.

    ``act_number``: of the visit's ``acts`` (None: beside them). ``verb``: plug_in, unplug, present_card,
    provoke_error, repair, reboot or parking_bay. ``picture``: the name of the drawing that shows it, the verb
    or ``unknown_card``. ``seen_by_itself``: it goes away when the station's messages show the act.
    ``limit_s``: after so many seconds without an answer nobody is there, and the act is *cannot*.
    """

    id: int
    act_number: int | None
    acts: int = ACTS
    verb: str
    picture: str
    sentence: str
    connector_id: int | None = None
    id_tag: str | None = None
    seen_by_itself: bool = False
    asked_at: datetime
    limit_s: float | None = None


class PromptAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a person says: it is done, it cannot be done (with the reason), or the whole run is to stop."""

    said: Literal["done", "cannot", "stop"]
    reason: str = ""


class PromptFace(Protocol):
    """Where prompts are shown and answered."""

    async def answer(self, prompt: Prompt) -> PromptAnswer:
        """Show it and wait for a person; cancelled when nobody needs to answer any more."""
        ...

    def ended(self, prompt: Prompt, deed: Deed | None) -> None:
        """It has gone, and this is what became of the act; None: the run was stopped."""
        ...


class ActNumbers:
    """Tells from a run's steps which of the nine acts is played."""

    def __init__(self) -> None:
        self._scenes: list[str] = []

    def follow(self, entry: Entry) -> None:
        if not isinstance(entry, StepChanged):
            return
        if entry.phase == "began":
            self._scenes.append(entry.step)
        elif entry.step in self._scenes:
            last = len(self._scenes) - 1 - self._scenes[::-1].index(entry.step)
            del self._scenes[last:]

    @property
    def present(self) -> int | None:
        return next((ACT_OF_SCENE[name] for name in reversed(self._scenes) if name in ACT_OF_SCENE), None)


def prompt_for(
    act: Act, *, number: int, act_number: int | None, asked_at: datetime, limit_s: float | None
) -> Prompt:
    is_unknown = act.name == "present_card" and act_number == ACT_OF_SCENE[visit.UNKNOWN_CARD]
    connector_id, id_tag = act.parameters.get("connector_id"), act.parameters.get("id_tag")
    return Prompt(
        id=number,
        act_number=act_number,
        verb=act.name,
        picture="unknown_card" if is_unknown else act.name,
        sentence=act.sentence,
        connector_id=connector_id if isinstance(connector_id, int) else None,
        id_tag=str(id_tag) if id_tag else None,
        seen_by_itself=act.shown_by is not None,
        asked_at=asked_at,
        limit_s=limit_s,
    )


def shows(act: Act, exchange: Any) -> bool:
    """Whether this message of the station shows the act."""
    shown: Callable[[Any], bool] | None = act.shown_by
    try:
        return shown is not None and shown(exchange)
    except (AttributeError, TypeError, ValueError):  # a message that was read leniently may hold anything
        return False

"""Commands to stations: their forms, their states, and the effects that were seen."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from chargeproof.resources.base import Resource, Wanted

STATES = (
    "not_connected",
    "refused",
    "queued",
    "sent",
    "accepted",
    "rejected",
    "answered",
    "call_error",
    "timed_out",
    "answered_late",
    "unknown",
)


class CommandSchema(Resource, frozen=True, kw_only=True):
    """How to fill in one command.

    title, description: in plain words. profile: the feature profile it belongs to (S§3.3).
    destructive: ask before it is sent, for the reason given in `warning`.
    effect: what will be seen when the station does it, "" where nothing can be seen.
    schema: JSON schema of the payload.
    """

    action: Annotated[str, Meta(examples=["Reset"])]
    title: str
    description: str
    profile: str
    destructive: bool
    warning: str
    effect: str
    payload_schema: dict[str, Any]


class AvailableCommand(Resource, frozen=True, kw_only=True):
    """Whether a command can work now at one station; `reason` says why not."""

    action: str
    available: bool
    reason: str = ""


class Effect(Resource, frozen=True, kw_only=True):
    """Whether what the command is for was seen in the station's own messages.

    expected: what is looked for, "" where a message cannot show it. seen_at: None while it was not seen.
    shown_by: the action of the message that showed it. message: its number, as far as it is known.
    """

    expected: str = ""
    seen_at: datetime | None = None
    shown_by: str = ""
    message: int | None = None


class Command(Resource, frozen=True, kw_only=True):
    """A command and what is known of it. That a station accepts (`state`) proves no effect (`effect`).

    state: not_connected, refused, queued, sent, accepted, rejected, answered, call_error, timed_out,
    answered_late or unknown. detail: the status of the answer, the error code, or why it was not sent.
    """

    command_id: str
    charge_point_id: str
    action: str
    payload: Any
    state: Annotated[str, Meta(examples=["accepted"])]
    detail: str = ""
    queued_at: datetime
    sent_at: datetime | None = None
    ended_at: datetime | None = None
    confirmation: Any = None
    error_code: str | None = None
    error_description: str = ""
    effect: Effect = Effect()


class CommandChange(Resource, frozen=True, kw_only=True):
    """A command changed its state just now (live events)."""

    command_id: str
    charge_point_id: str
    action: str
    state: str
    detail: str
    at: datetime


class CommandWanted(Wanted, frozen=True, kw_only=True):
    """A command to be sent. `timeout_s`: how long its answer is waited for, from when it is sent."""

    action: Annotated[str, Meta(min_length=1, max_length=50, examples=["Reset"])]
    payload: Annotated[dict[str, Any], Meta(examples=[{"type": "Soft"}])] = msgspec.field(
        default_factory=dict
    )
    timeout_s: Annotated[float, Meta(gt=0, le=600)] | None = None

"""What a ``Connection`` reports. Every event that comes from a text carries that text, unchanged."""

from typing import Any, TypeAlias

import msgspec

from chargeproof.ocpp.deviations import Deviation
from chargeproof.ocpp.errors import ErrorCode
from chargeproof.ocpp.lenient import Reading
from chargeproof.ocpp.messages import Confirmation, Request


class CallReceived(msgspec.Struct, frozen=True, gc=False):
    """The peer sent a CALL. Answer it with ``send_result`` or ``send_error``.

    ``overlapping``: another CALL of the peer is still unanswered (J§4.1.1). ``suggested_error``: code and
    description of the CALLERROR that the specification would answer, though an answer to what could be read
    may serve better; ``None`` if the payload is valid.
    """

    unique_id: str
    action: str
    request: Request | None
    reading: Reading
    text: str | bytes
    overlapping: bool
    suggested_error: tuple[ErrorCode, str] | None


class ResultReceived(msgspec.Struct, frozen=True, gc=False):
    """The peer answered our CALL. ``late``: after its time-out."""

    unique_id: str
    request: Request
    confirmation: Confirmation | None
    reading: Reading
    text: str | bytes
    late: bool


class ErrorReceived(msgspec.Struct, frozen=True, gc=False):
    """The peer answered our CALL with a CALLERROR; ``error_code`` is as sent. ``late``: after time-out."""

    unique_id: str
    request: Request
    error_code: str
    error_description: str
    error_details: Any
    deviations: tuple[Deviation, ...]
    text: str | bytes
    late: bool


class CallTimedOut(msgspec.Struct, frozen=True, gc=False):
    """Our CALL was not answered in time; the next one may be sent (J§4.1.1)."""

    unique_id: str
    request: Request


class CallLost(msgspec.Struct, frozen=True, gc=False):
    """The connection closed while our CALL was outstanding; whether it was carried out is unknown."""

    unique_id: str
    request: Request


class UnmatchedAnswer(msgspec.Struct, frozen=True, gc=False):
    """An answer to no CALL of ours that is waited for: an unknown id, or a second answer to the same."""

    unique_id: str
    text: str | bytes


class Malformed(msgspec.Struct, frozen=True, gc=False):
    """A text that is no frame; ``unique_id`` is what could be made out of it."""

    text: str | bytes
    reason: str
    unique_id: str | None


ReceivedEvent: TypeAlias = CallReceived | ResultReceived | ErrorReceived | UnmatchedAnswer | Malformed
"""What a text of the peer can bring."""

Event: TypeAlias = ReceivedEvent | CallTimedOut | CallLost

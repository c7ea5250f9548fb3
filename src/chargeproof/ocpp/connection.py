"""One end of an OCPP-J 1.6 connection, without I/O and without a clock.

Text and the time go in, events and text come out. Time is any clock in seconds that does not run backwards.
It never answers by itself: what is answered, and when, is for its owner to decide.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from chargeproof.ocpp.codec import encode_call, encode_call_error, encode_call_result, read_strictly
from chargeproof.ocpp.deviations import Deviation
from chargeproof.ocpp.errors import ErrorCode, FrameError, LocalProtocolError
from chargeproof.ocpp.events import (
    CallLost,
    CallReceived,
    CallTimedOut,
    ErrorReceived,
    Event,
    Malformed,
    ReceivedEvent,
    ResultReceived,
    UnmatchedAnswer,
)
from chargeproof.ocpp.frames import UNIQUE_ID_LENGTH, Call, CallError, CallResult, read_frame
from chargeproof.ocpp.lenient import Reading, read_confirmation, read_request
from chargeproof.ocpp.messages import Confirmation, Request, Role
from chargeproof.ocpp.recent import Recent
from chargeproof.ocpp.registry import REQUESTS

IDS_REMEMBERED: Final = 256
UNANSWERED_KEPT: Final = 256

_SENT_BY: Final = {
    role: frozenset(action for action, request in REQUESTS.items() if request.may_be_sent_by(role))
    for role in Role
}


@dataclass(frozen=True, slots=True)
class OutstandingCall:
    """Our CALL that waits for its answer; ``sent_at`` and ``deadline`` in seconds of the clock given."""

    unique_id: str
    request: Request
    sent_at: float
    deadline: float


class Connection:
    """One end of a connection, as ``role``.

    ``call_timeout_s``: how long an answer is waited for. ``late_answers_kept``: how many timed-out calls are
    remembered, so that a late answer finds its request. All memory is bounded.
    """

    __slots__ = (
        "_closed",
        "_ids_used",
        "_outstanding",
        "_peer",
        "_texts",
        "_timed_out",
        "_unanswered",
        "call_timeout_s",
        "role",
    )

    def __init__(self, role: Role, *, call_timeout_s: float = 30.0, late_answers_kept: int = 64) -> None:
        self.role = role
        self._peer = role.peer
        self.call_timeout_s = call_timeout_s
        self._outstanding: OutstandingCall | None = None
        self._timed_out: Recent[Request] = Recent(late_answers_kept)
        self._ids_used: Recent[None] = Recent(IDS_REMEMBERED)
        self._unanswered: Recent[list[str]] = Recent(UNANSWERED_KEPT)
        self._texts: list[str] = []
        self._closed = False

    @property
    def outstanding(self) -> OutstandingCall | None:
        """Our CALL that waits for its answer."""
        return self._outstanding

    @property
    def unanswered(self) -> tuple[str, ...]:
        """The ids of the peer's CALLs that wait for our answer, oldest first."""
        return tuple(self._unanswered)

    @property
    def closed(self) -> bool:
        """Whether ``close`` was called."""
        return self._closed

    def send_call(self, unique_id: str, request: Request, now: float, timeout_s: float | None = None) -> None:
        """Send a CALL. Raises ``LocalProtocolError``, and sends nothing,

        if one is still outstanding (J§4.1.1), if this role may not send it (S§4, S§5), if the id was used
        before or is not 1 to 36 characters long (J§4.1.4), or if the connection is closed.
        """
        self._refuse_if_closed()
        if self._outstanding is not None:
            waiting = self._outstanding
            raise LocalProtocolError(
                f"{waiting.request.action} {waiting.unique_id!r} still waits for its answer"
            )
        if not request.may_be_sent_by(self.role):
            raise LocalProtocolError(f"a {self.role.value} does not send {request.action}")
        if not 0 < len(unique_id) <= UNIQUE_ID_LENGTH:
            raise LocalProtocolError(
                f"a unique id has 1 to {UNIQUE_ID_LENGTH} characters, not {len(unique_id)}"
            )
        if unique_id in self._ids_used:
            raise LocalProtocolError(f"the unique id {unique_id!r} was used before")
        self._texts.append(encode_call(unique_id, request))
        self._ids_used.put(unique_id, None)
        timeout_s = self.call_timeout_s if timeout_s is None else timeout_s
        self._outstanding = OutstandingCall(unique_id, request, now, now + timeout_s)

    def send_result(self, unique_id: str, confirmation: Confirmation) -> None:
        """Answer the peer's CALL. Raises ``LocalProtocolError`` if no such CALL of this action waits."""
        self._texts.append(self.answer(unique_id, confirmation))

    def answer(self, unique_id: str, confirmation: Confirmation) -> str:
        """As ``send_result``, for who puts the text on the wire by himself: when it is durable, for instance."""
        self._refuse_if_closed()
        waiting = self._unanswered.get(unique_id)
        if waiting is not None and waiting[0] != confirmation.action:
            raise LocalProtocolError(
                f"{waiting[0]} {unique_id!r} cannot be answered by {confirmation.action}"
            )
        text = encode_call_result(unique_id, confirmation)
        self._settle(unique_id, waiting)
        return text

    def send_error(
        self,
        unique_id: str,
        code: ErrorCode | str,
        description: str = "",
        details: Mapping[str, Any] | None = None,
    ) -> None:
        """Answer the peer's CALL with a CALLERROR. Raises ``LocalProtocolError`` if no such CALL waits."""
        self._texts.append(self.answer_error(unique_id, code, description, details))

    def answer_error(
        self,
        unique_id: str,
        code: ErrorCode | str,
        description: str = "",
        details: Mapping[str, Any] | None = None,
    ) -> str:
        """As ``send_error``, for who puts the text on the wire by himself."""
        self._refuse_if_closed()
        text = encode_call_error(unique_id, code, description, details)
        self._settle(unique_id, self._unanswered.get(unique_id))
        return text

    def leave_unanswered(self, unique_id: str) -> None:
        """The peer's CALL will never be answered. Raises ``LocalProtocolError`` if no such CALL waits."""
        self._settle(unique_id, self._unanswered.get(unique_id))

    def send_text(self, text: str) -> None:
        """Send a text as it is, be it a frame or not: for peers that are meant to misbehave."""
        self._refuse_if_closed()
        self._texts.append(text)

    def texts_to_send(self) -> list[str]:
        """The texts to put on the wire, in order; each is handed out once."""
        texts, self._texts = self._texts, []
        return texts

    def receive_text(self, text: str | bytes, now: float) -> list[Event]:
        """Take in one text of the peer. Raises nothing: what is wrong with it becomes part of an event."""
        return [self.receive(text)]

    def receive(self, text: str | bytes) -> ReceivedEvent:
        """As ``receive_text``; no text brings more than one event, and none depends on the time."""
        try:
            frame, deviations = read_frame(text)
        except FrameError as error:
            return Malformed(text, error.reason, error.unique_id)
        if isinstance(frame, Call):
            return self._call_received(frame, deviations, text)
        if isinstance(frame, CallResult):
            return self._result_received(frame, deviations, text)
        return self._error_received(frame, deviations, text)

    def next_deadline(self) -> float | None:
        """When ``handle_deadline`` wants to be called; ``None`` while nothing is waited for."""
        return None if self._outstanding is None else self._outstanding.deadline

    def handle_deadline(self, now: float) -> list[Event]:
        """Give up on an outstanding CALL whose deadline has come; its answer will count as late."""
        call = self._outstanding
        if call is None or now < call.deadline:
            return []
        self._outstanding = None
        self._timed_out.put(call.unique_id, call.request)
        return [CallTimedOut(call.unique_id, call.request)]

    def close(self, now: float) -> list[Event]:
        """The connection is gone. Nothing can be sent any more; texts not yet handed out are dropped."""
        self._closed = True
        self._texts.clear()
        self._unanswered.clear()
        call, self._outstanding = self._outstanding, None
        return [] if call is None else [CallLost(call.unique_id, call.request)]

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise LocalProtocolError("the connection is closed")

    def _settle(self, unique_id: str, waiting: list[str] | None) -> None:
        if waiting is None:
            raise LocalProtocolError(f"no CALL {unique_id!r} of the peer waits for an answer")
        # A CALL sent twice under one id is owed two answers.
        if len(waiting) > 1:
            del waiting[0]
        else:
            del self._unanswered[unique_id]

    def _call_received(
        self, call: Call, deviations: tuple[Deviation, ...], text: str | bytes
    ) -> CallReceived:
        unique_id, action = call.unique_id, call.action
        raw = bytes(call.payload)
        strict = read_strictly(action, raw)
        if strict is not None and not deviations and not self._unanswered and action in _SENT_BY[self._peer]:
            self._unanswered[unique_id] = [action]
            return CallReceived(unique_id, action, strict, Reading(strict, (), raw), text, False, None)
        reading = read_request(action, raw)
        request = reading.message if isinstance(reading.message, Request) else None
        suggested_error = self._suggested_error(action, reading)
        overlapping = bool(self._unanswered)
        copies = self._unanswered.get(unique_id) or []
        self._unanswered.put(unique_id, [*copies, action][-UNANSWERED_KEPT:])
        if deviations:
            reading = _with_frame_deviations(reading, deviations)
        return CallReceived(unique_id, action, request, reading, text, overlapping, suggested_error)

    def _suggested_error(self, action: str, reading: Reading) -> tuple[ErrorCode, str] | None:
        request = REQUESTS.get(action)
        if request is not None and not request.may_be_sent_by(self._peer):
            return ErrorCode.NOT_SUPPORTED, f"a {self._peer.value} does not send {action}"
        if reading.deviations:
            first = reading.deviations[0]
            return first.code, f"{first.where}: {first.message}"
        return None

    def _request_answered(self, unique_id: str) -> tuple[Request | None, bool]:
        """The request that an answer belongs to, and whether it comes late; each is answered once."""
        call = self._outstanding
        if call is not None and call.unique_id == unique_id:
            self._outstanding = None
            return call.request, False
        return self._timed_out.take(unique_id), True

    def _result_received(
        self, result: CallResult, deviations: tuple[Deviation, ...], text: str | bytes
    ) -> ResultReceived | UnmatchedAnswer:
        request, late = self._request_answered(result.unique_id)
        if request is None:
            return UnmatchedAnswer(result.unique_id, text)
        reading = read_confirmation(request.action, result.payload)
        confirmation = reading.message if isinstance(reading.message, Confirmation) else None
        reading = _with_frame_deviations(reading, deviations)
        return ResultReceived(result.unique_id, request, confirmation, reading, text, late)

    def _error_received(
        self, error: CallError, deviations: tuple[Deviation, ...], text: str | bytes
    ) -> ErrorReceived | UnmatchedAnswer:
        request, late = self._request_answered(error.unique_id)
        if request is None:
            return UnmatchedAnswer(error.unique_id, text)
        return ErrorReceived(
            error.unique_id,
            request,
            error.error_code,
            error.error_description,
            error.error_details,
            deviations,
            text,
            late,
        )


def _with_frame_deviations(reading: Reading, deviations: tuple[Deviation, ...]) -> Reading:
    return Reading(reading.message, deviations + reading.deviations, reading.raw) if deviations else reading

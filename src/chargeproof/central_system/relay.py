"""Commands between nodes: this one asks the node that holds a station, or answers for its own."""

from typing import Any

import msgspec

from chargeproof.central_system.commands import CommandResult, CommandState, Sending
from chargeproof.ocpp import (
    Confirmation,
    Deviation,
    Request,
    encode_payload,
    read_confirmation,
    read_request,
)


class Question(msgspec.Struct, frozen=True):
    """A command on its way to the node that holds the station."""

    action: str
    payload: msgspec.Raw
    sending: Sending


class Answer(msgspec.Struct, frozen=True):
    """The result on its way back."""

    unique_id: str
    state: CommandState
    confirmation: Any
    error_code: str | None
    error_description: str
    deviations: list[tuple[str, str, str, str]]


_questions = msgspec.json.Decoder(Question)
_answers = msgspec.json.Decoder(Answer)
_encoder = msgspec.json.Encoder()


def write_question(request: Request, sending: Sending) -> bytes:
    payload = msgspec.Raw(encode_payload(request).encode())
    return _encoder.encode(Question(request.action, payload, sending))


def read_question(question: bytes) -> tuple[Request | None, Question]:
    """The request (None if this version does not know it) and how it is to be sent."""
    asked = _questions.decode(question)
    message = read_request(asked.action, asked.payload).message
    return (message if isinstance(message, Request) else None), asked


def write_answer(result: CommandResult) -> bytes:
    """A result as it travels; a confirmation keeps the action that it confirms."""
    confirmation = result.confirmation
    return _encoder.encode(
        Answer(
            result.unique_id,
            result.state,
            None if confirmation is None else msgspec.to_builtins(confirmation),
            result.error_code,
            result.error_description,
            [(item.where, item.rule, item.value, item.message) for item in result.deviations],
        )
    )


def read_answer(action: str, answer: bytes) -> CommandResult:
    told = _answers.decode(answer)
    confirmation = None
    if told.confirmation is not None:
        message = read_confirmation(action, told.confirmation).message
        confirmation = message if isinstance(message, Confirmation) else None
    return CommandResult(
        unique_id=told.unique_id,
        state=CommandState(told.state),
        confirmation=confirmation,
        error_code=told.error_code,
        error_description=told.error_description,
        deviations=tuple(Deviation(*item) for item in told.deviations),
    )

"""Commands between nodes: this one asks the node that holds a station, or answers for its own."""

import msgspec

from chargeproof.central_system.commands import (
    CommandResult,
    CommandState,
    Priority,
    RemoteAnswer,
    RemoteQuestion,
)
from chargeproof.ocpp import (
    Confirmation,
    Deviation,
    Request,
    encode_payload,
    read_confirmation,
    read_request,
)

_questions = msgspec.json.Decoder(RemoteQuestion)
_answers = msgspec.json.Decoder(RemoteAnswer)
_encoder = msgspec.json.Encoder()


def write_question(
    request: Request, timeout_s: float | None, priority: Priority, while_pending: bool, unique_id: str
) -> bytes:
    payload = msgspec.Raw(encode_payload(request).encode())
    return _encoder.encode(
        RemoteQuestion(request.action, payload, timeout_s, priority, while_pending, unique_id)
    )


def read_question(question: bytes) -> tuple[Request | None, RemoteQuestion]:
    """The request (None if this version does not know it) and how it is to be sent."""
    asked = _questions.decode(question)
    message = read_request(asked.action, asked.payload).message
    return (message if isinstance(message, Request) else None), asked


def write_answer(result: CommandResult) -> bytes:
    """A result as it travels; a confirmation keeps the action that it confirms."""
    confirmation = result.confirmation
    return _encoder.encode(
        RemoteAnswer(
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

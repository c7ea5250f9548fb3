"""Frames and payloads of OCPP-J 1.6 (J§4.2) from and to text.

Reading is strict first: one pass of a typed decoder over the frame and one over the payload. Only what these
refuse is parsed again by the tolerant reader.
"""

import json
from collections.abc import Mapping
from typing import Any, Final, TypeAlias, TypeVar

import msgspec

from chargeproof.ocpp.deviations import Deviation, Deviations
from chargeproof.ocpp.errors import ErrorCode, PayloadError
from chargeproof.ocpp.frames import Call, CallError, CallResult, Frame, read_frame
from chargeproof.ocpp.jsontext import NotJson, parse_tolerantly
from chargeproof.ocpp.messages import Confirmation, Request
from chargeproof.ocpp.registry import CONFIRMATIONS, REQUESTS
from chargeproof.ocpp.timestamps import cut_to_milliseconds, finer_times, reaches_an_end_of_time
from chargeproof.ocpp.walker import fit

Message: TypeAlias = Request | Confirmation
M = TypeVar("M", Request, Confirmation)
JsonText: TypeAlias = msgspec.Raw | bytes | str

DESCRIPTION_LENGTH: Final = 255
"""Characters that the errorDescription of a CALLERROR may have (J§4.2.3)."""

_request_decoders: Final = {action: msgspec.json.Decoder(cls) for action, cls in REQUESTS.items()}
_confirmation_decoders: Final = {action: msgspec.json.Decoder(cls) for action, cls in CONFIRMATIONS.items()}
_encoder: Final = msgspec.json.Encoder()

# What the typed decoders pass, but a closer look must judge: a NUL character, which PostgreSQL refuses, and
# times at the ends of the calendar, which need not exist in UTC.
_NUL: Final = b"\\u0000"


def decode_frame(text: str | bytes) -> Frame:
    """The frame in ``text``, read leniently; see ``read_frame`` for its deviations. Raises ``FrameError``."""
    return read_frame(text)[0]


def decode_request(action: str, payload: JsonText) -> Request:
    """The request in ``payload``. Raises ``PayloadError`` for any deviation and for an unknown action."""
    message, deviations = read_payload(action, payload, confirmation=False)
    if deviations or not isinstance(message, Request):
        raise _payload_error(deviations)
    return message


def decode_confirmation(action: str, payload: JsonText) -> Confirmation:
    """The confirmation of ``action`` in ``payload``. Raises ``PayloadError`` as ``decode_request`` does."""
    message, deviations = read_payload(action, payload, confirmation=True)
    if deviations or not isinstance(message, Confirmation):
        raise _payload_error(deviations)
    return message


def _payload_error(deviations: tuple[Deviation, ...]) -> PayloadError:
    first = deviations[0]
    return PayloadError(first.code, first.where, first.rule, first.message)


def read_payload(
    action: str, payload: JsonText, *, confirmation: bool
) -> tuple[Message | None, tuple[Deviation, ...]]:
    """Read strictly, and leniently if that fails: the message and its deviations. Raises nothing."""
    encoded = payload.encode("utf-8", "surrogatepass") if isinstance(payload, str) else bytes(payload)
    message: Message | None
    if confirmation:
        message = _read_strictly(_confirmation_decoders, action, encoded)
    else:
        message = _read_strictly(_request_decoders, action, encoded)
    if message is not None:
        return message, ()
    return _read_leniently(action, payload, confirmation=confirmation)


def read_strictly(action: str, payload: bytes) -> Request | None:
    """The request in ``payload``; ``None`` if it is unknown or anything deviates, which ``read_payload`` tells."""
    return _read_strictly(_request_decoders, action, payload)


def _read_strictly(decoders: Mapping[str, msgspec.json.Decoder[M]], action: str, payload: bytes) -> M | None:
    decoder = decoders.get(action)
    if decoder is None:
        return None
    try:
        message = decoder.decode(payload)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    if (b"\\" in payload and _NUL in payload) or reaches_an_end_of_time(message):
        return None
    return message


def _read_leniently(
    action: str, payload: JsonText, *, confirmation: bool
) -> tuple[Message | None, tuple[Deviation, ...]]:
    deviations = Deviations()
    cls: type[Message] | None = (CONFIRMATIONS if confirmation else REQUESTS).get(action)
    if cls is None:
        deviations.add("$", "unknown_action", action, "OCPP 1.6 has no such action.")
    try:
        value = parse_tolerantly(payload if isinstance(payload, str) else bytes(payload), deviations)
    except NotJson as error:
        deviations.add("$", "not_json", _shown(payload), f"{error}.")
        return None, tuple(deviations.found)
    message = None if cls is None else fit(cls, value, deviations)
    return message, tuple(deviations.found)


def _shown(payload: JsonText) -> str:
    return payload[:100] if isinstance(payload, str) else bytes(payload)[:100].decode("utf-8", "replace")


def check(message: Message) -> tuple[Deviation, ...]:
    """The deviations in a message of our own, since constructors check nothing; none: it may be sent."""
    confirmation = isinstance(message, Confirmation)
    return read_payload(message.action, _encoder.encode(message), confirmation=confirmation)[1]


def encode_payload(message: Message) -> str:
    """The JSON of a message: absent fields left out, times in milliseconds. Checks no limits."""
    return _payload(message).decode()


def encode_call(unique_id: str, request: Request) -> str:
    """The text of a CALL (J§4.2.1)."""
    return _text(Call(unique_id, request.action, msgspec.Raw(_payload(request))))


def encode_call_result(unique_id: str, confirmation: Confirmation) -> str:
    """The text of a CALLRESULT (J§4.2.2)."""
    try:
        # In one go; the texts of times are found in the whole as they are in the payload.
        encoded = _encoder.encode((3, unique_id, confirmation))
    except UnicodeEncodeError:
        return _text(CallResult(unique_id, msgspec.Raw(_payload(confirmation))))
    pattern = finer_times(type(confirmation))
    return (encoded if pattern is None else cut_to_milliseconds(pattern, encoded)).decode()


def encode_call_error(
    unique_id: str, code: ErrorCode | str, description: str = "", details: Mapping[str, Any] | None = None
) -> str:
    """The text of a CALLERROR (J§4.2.3); the description is cut at 255 characters."""
    return _text(CallError(unique_id, code, description[:DESCRIPTION_LENGTH], dict(details or {})))


def _payload(message: Message) -> bytes:
    pattern, encoded = finer_times(type(message)), _encoder.encode(message)
    return encoded if pattern is None else cut_to_milliseconds(pattern, encoded)


def _text(frame: Frame) -> str:
    try:
        return _encoder.encode(frame).decode()
    except UnicodeEncodeError:
        # A lone surrogate that came in with the peer's id or our description must not stop an answer.
        return json.dumps(msgspec.to_builtins(frame, builtin_types=(msgspec.Raw,)), default=_as_value)


def _as_value(raw: msgspec.Raw) -> Any:
    return msgspec.json.decode(raw)

"""The three frames of OCPP-J 1.6 (J§4.2), and reading them from text."""

import json
import re
from typing import Annotated, Any, Final, TypeAlias

import msgspec
from msgspec import Meta

from chargeproof.ocpp.deviations import Deviation, Deviations
from chargeproof.ocpp.errors import FrameError
from chargeproof.ocpp.jsontext import NotJson, parse_tolerantly

UNIQUE_ID_LENGTH: Final = 36
"""Characters that a unique id may have (J§4.1.4)."""

UniqueId = Annotated[str, Meta(min_length=1, max_length=UNIQUE_ID_LENGTH)]


class Call(msgspec.Struct, array_like=True, tag=2, forbid_unknown_fields=True, frozen=True, gc=False):
    """``[2, unique_id, action, payload]`` (J§4.2.1); ``payload`` is JSON text, not yet looked at."""

    unique_id: UniqueId
    action: str
    payload: msgspec.Raw


class CallResult(msgspec.Struct, array_like=True, tag=3, forbid_unknown_fields=True, frozen=True, gc=False):
    """``[3, unique_id, payload]`` (J§4.2.2); ``payload`` is JSON text, not yet looked at."""

    unique_id: UniqueId
    payload: msgspec.Raw


class CallError(msgspec.Struct, array_like=True, tag=4, forbid_unknown_fields=True, frozen=True, gc=False):
    """``[4, unique_id, error_code, error_description, error_details]`` (J§4.2.3).

    ``error_code`` is as sent, be it an ``ErrorCode`` or not; ``error_details`` is any JSON value, as a rule
    an object.
    """

    unique_id: UniqueId
    error_code: str
    error_description: str
    error_details: Any


Frame: TypeAlias = Call | CallResult | CallError

_decoder: Final = msgspec.json.Decoder(Frame)
_LEAST_ELEMENTS: Final = {2: 3, 3: 2, 4: 2}
_ELEMENTS: Final = {2: 4, 3: 3, 4: 5}
_BEGINNING: Final = re.compile(
    r'[\s\x00\ufeff]*\[\s*"?([234])"?\s*,\s*"((?:[^"\\\x00-\x1f]|\\.){0,200})"', re.ASCII
)


def read_frame(text: str | bytes) -> tuple[Frame, tuple[Deviation, ...]]:
    """The frame in ``text``, and what had to be overlooked to read it.

    Read leniently: NUL bytes, byte order marks, wrong encoding, ids that are too long, empty or numbers, a
    missing payload, a CALLERROR without description or details, and elements too many. Raises
    ``FrameError``, and nothing else, when no frame can be made out.
    """
    try:
        frame: Frame = _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return _read_leniently(text)
    if type(frame) is CallError and not isinstance(frame.error_details, dict):
        return _read_leniently(text)
    return frame, ()


def _read_leniently(text: str | bytes) -> tuple[Frame, tuple[Deviation, ...]]:
    deviations = Deviations()
    try:
        elements = parse_tolerantly(text, deviations, "frame")
    except NotJson as error:
        raise _unreadable(text, str(error)) from None
    if not isinstance(elements, list):
        raise FrameError("the text is not a JSON array")
    kind = _message_type(elements, deviations)
    if len(elements) < _LEAST_ELEMENTS[kind]:
        unique_id = _unique_id(elements[1], Deviations()) if len(elements) > 1 else None
        raise FrameError(f"a frame of type {kind} has more than {len(elements)} elements", unique_id, kind)
    unique_id = _unique_id(elements[1], deviations)
    if unique_id is None:
        raise FrameError("the unique id is neither a string nor a number", None, kind)
    if len(elements) > _ELEMENTS[kind]:
        surplus = elements[_ELEMENTS[kind] :]
        deviations.add(f"frame[{_ELEMENTS[kind]}]", "frame", surplus, "The frame has elements too many.")
    frame = _built(kind, unique_id, elements, deviations)
    return frame, tuple(deviations.found)


def _unreadable(text: str | bytes, reason: str) -> FrameError:
    beginning = text[:400] if isinstance(text, str) else text[:400].decode("utf-8", "replace")
    matched = _BEGINNING.match(beginning)
    if matched is None:
        return FrameError(reason)
    try:
        unique_id = str(json.loads(f'"{matched[2]}"'))
    except ValueError:
        unique_id = matched[2]
    return FrameError(reason, unique_id.encode("utf-8", "replace").decode(), int(matched[1]))


def _message_type(elements: list[Any], deviations: Deviations) -> int:
    if not elements:
        raise FrameError("the frame is an empty array")
    sent = elements[0]
    kind = {"2": 2, "3": 3, "4": 4}.get(sent.strip()) if isinstance(sent, str) else None
    if kind is not None:
        deviations.add("frame[0]", "frame", sent, "The message type is a string, not a number.")
        return kind
    if isinstance(sent, int | float) and not isinstance(sent, bool) and sent in (2, 3, 4):
        return int(sent)
    unique_id = _unique_id(elements[1], Deviations()) if len(elements) > 1 else None
    raise FrameError("the message type is not 2, 3 or 4 (J§4.2)", unique_id)


def _unique_id(sent: Any, deviations: Deviations) -> str | None:
    if isinstance(sent, int | float) and not isinstance(sent, bool):
        deviations.add("frame[1]", "frame", sent, "The unique id is a number, not a string.")
        return str(sent)
    if not isinstance(sent, str):
        return None
    if not 0 < len(sent) <= UNIQUE_ID_LENGTH:
        message = f"The unique id has {len(sent)} characters; 1 to {UNIQUE_ID_LENGTH} are allowed (J§4.1.4)."
        deviations.add("frame[1]", "frame", sent, message)
    return sent


def _built(kind: int, unique_id: str, elements: list[Any], deviations: Deviations) -> Frame:
    if kind == 4:
        return _call_error(unique_id, elements, deviations)
    if kind == 3:
        return CallResult(unique_id, _payload(elements, 2, deviations))
    action = elements[2]
    if not isinstance(action, str):
        raise FrameError("the action is not a string", unique_id, kind)
    return Call(unique_id, action, _payload(elements, 3, deviations))


def _payload(elements: list[Any], index: int, deviations: Deviations) -> msgspec.Raw:
    if index >= len(elements):
        deviations.add(f"frame[{index}]", "frame", None, "The payload is missing; {} is read.")
        return msgspec.Raw(b"{}")
    return msgspec.Raw(json.dumps(elements[index], ensure_ascii=False).encode())


def _call_error(unique_id: str, elements: list[Any], deviations: Deviations) -> CallError:
    names = ("error code", "error description")
    texts = ["", ""]
    for index, name in enumerate(names, start=2):
        if index >= len(elements) or elements[index] is None:
            deviations.add(f"frame[{index}]", "frame", None, f"The {name} is missing.")
        elif isinstance(elements[index], str):
            texts[index - 2] = elements[index]
        else:
            deviations.add(f"frame[{index}]", "frame", elements[index], f"The {name} is not a string.")
            texts[index - 2] = json.dumps(elements[index], ensure_ascii=False)
    details = elements[4] if len(elements) > 4 else {}
    if len(elements) <= 4:
        deviations.add("frame[4]", "frame", None, "The error details are missing.")
    elif not isinstance(details, dict):
        deviations.add("frame[4]", "frame", details, "The error details are not an object.")
    return CallError(unique_id, texts[0], texts[1], details)

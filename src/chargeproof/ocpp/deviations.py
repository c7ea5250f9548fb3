"""How a text or payload deviates from the specification: one ``Deviation`` for each place, with its rule."""

import json
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from chargeproof.ocpp.errors import ErrorCode

DEVIATIONS_KEPT: Final = 100
ITEMS_READ: Final = 5000
"""Items of all lists of a deviating payload that are read: a megabyte of ``{}`` holds sixty times as many."""
_VALUE_LENGTH: Final = 60


class Rule(NamedTuple):
    """What a rule asks for, and the error code of a CALLERROR for breaking it (J§4.2.3)."""

    asks: str
    code: ErrorCode


RULES: Final[dict[str, Rule]] = {
    "not_json": Rule(
        "the text is JSON in UTF-8, without NUL and byte order mark", ErrorCode.FORMATION_VIOLATION
    ),
    "duplicate_key": Rule("a name occurs once in an object", ErrorCode.FORMATION_VIOLATION),
    "frame": Rule("the frame has the elements of J§4.2", ErrorCode.FORMATION_VIOLATION),
    "unknown_action": Rule("the action is one of OCPP 1.6", ErrorCode.NOT_IMPLEMENTED),
    "not_an_object": Rule("an object stands here", ErrorCode.FORMATION_VIOLATION),
    "unknown_field": Rule("only the specification's fields are sent (JE3.1)", ErrorCode.FORMATION_VIOLATION),
    "missing": Rule("a required field is sent", ErrorCode.PROTOCOL_ERROR),
    "null": Rule("a field without a value is left out, not null", ErrorCode.OCCURENCE_CONSTRAINT_VIOLATION),
    "empty": Rule("a list has at least one item", ErrorCode.OCCURENCE_CONSTRAINT_VIOLATION),
    "wrong_type": Rule("the value has the field's JSON type", ErrorCode.TYPE_CONSTRAINT_VIOLATION),
    "too_long": Rule("the text is within its length", ErrorCode.PROPERTY_CONSTRAINT_VIOLATION),
    "too_short": Rule("the text has its least length", ErrorCode.PROPERTY_CONSTRAINT_VIOLATION),
    "nul_character": Rule("the text holds no NUL character", ErrorCode.PROPERTY_CONSTRAINT_VIOLATION),
    "not_in_enum": Rule("the value is one of the enumeration", ErrorCode.PROPERTY_CONSTRAINT_VIOLATION),
    "not_a_timestamp": Rule("a time is written as RFC 3339 has it", ErrorCode.PROPERTY_CONSTRAINT_VIOLATION),
    "timestamp_without_zone": Rule(
        "a time carries its zone (S§3.15)", ErrorCode.PROPERTY_CONSTRAINT_VIOLATION
    ),
    "out_of_range": Rule("the value is within its range", ErrorCode.PROPERTY_CONSTRAINT_VIOLATION),
    "not_multiple": Rule("the number has at most one decimal", ErrorCode.PROPERTY_CONSTRAINT_VIOLATION),
}
"""Every rule that a ``Deviation`` can name."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """One deviation.

    ``where``: path in the payload (``$.meterValue[0].timestamp``) or in the frame (``frame[1]``).
    ``rule``: a key of ``RULES``. ``value``: what was sent, as JSON, shortened. ``message``: one sentence.
    """

    where: str
    rule: str
    value: str
    message: str

    @property
    def code(self) -> ErrorCode:
        """The error code that a CALLERROR for it would carry."""
        return RULES[self.rule].code


@dataclass(slots=True)
class Deviations:
    """Collects deviations, the first ``DEVIATIONS_KEPT`` of them: a hostile payload can hold millions.

    ``items_left``: how many items of lists are still to be read.
    """

    found: list[Deviation] = field(default_factory=list)
    items_left: int = ITEMS_READ

    @property
    def full(self) -> bool:
        """Whether as many are noted as are kept."""
        return len(self.found) >= DEVIATIONS_KEPT

    def add(self, where: str, rule: str, value: object, message: str) -> None:
        """Note one deviation; ``value`` is the JSON value that was sent."""
        if not self.full:
            self.found.append(Deviation(where, rule, short(value), message))


def short(value: object) -> str:
    """``value`` as JSON in at most 60 characters."""
    try:
        text = json.dumps(_cut(value), ensure_ascii=False, default=repr)
    except (ValueError, RecursionError):
        text = f"<{type(value).__name__}>"
    return text if len(text) <= _VALUE_LENGTH else text[: _VALUE_LENGTH - 1] + "…"


def _cut(value: object) -> object:
    """The part of ``value`` that ``short`` can show, lest a megabyte be encoded for sixty characters."""
    match value:
        case str():
            return value[: _VALUE_LENGTH + 1]
        case list():
            return value[:_VALUE_LENGTH]
        case dict() if len(value) > _VALUE_LENGTH:
            return dict(list(value.items())[:_VALUE_LENGTH])
        case int() if value.bit_length() > 256:
            return "a huge number"
    return value

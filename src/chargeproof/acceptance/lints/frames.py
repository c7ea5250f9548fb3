"""Texts that are not quite frames, and payloads that are not quite messages."""

from collections.abc import Iterator

from chargeproof.acceptance.lints.registry import Lint, Sight, Spotted, lint
from chargeproof.ocpp import RULES
from chargeproof.trace import Trace

_ADVICE: dict[str, str] = {
    "duplicate_key": "Name each field once; which of two values a receiver reads is chance.",
    "frame": "Send [2, id, action, payload], [3, id, payload] or [4, id, code, description, details].",
    "unknown_action": "Use DataTransfer for anything that OCPP 1.6 does not know.",
    "not_an_object": "Send an object here, an empty one where there is nothing to say.",
    "unknown_field": "Leave the field out; a strict receiver refuses the whole message.",
    "missing": "Send the field; the message cannot be understood without it.",
    "null": "Leave the field out where there is no value.",
    "empty": "Leave the list out, or put an item into it.",
    "wrong_type": "Use the JSON type that the schema asks for: numbers without quotes, texts with them.",
    "too_long": "Shorten the text; a strict receiver refuses the whole message.",
    "too_short": "Send the text with at least one character.",
    "not_in_enum": "Use one of the specification's words, in its spelling.",
    "out_of_range": "Send a number within the field's range.",
    "not_multiple": "Round to one decimal.",
}


def schema_lint(rule: str) -> Lint:
    """The lint for a rule of the lenient reading that no other lint claims."""
    asks = RULES[rule].asks
    return Lint(
        id=f"S-{rule.replace('_', '-')}",
        title=f"A payload breaks the rule that {asks}",
        clause="J§4.2" if rule == "frame" else "S§6, S§7",
        advice=_ADVICE.get(rule, "Send what the specification's schema asks for."),
        group="schema",
    )


def _is_broken_text(spotted: Spotted) -> bool:
    return spotted.rule in ("not_json", "nul_character")


@lint(
    "L-11",
    "Texts that are not JSON, hold NUL bytes, or have a wrong encoding",
    clause="J§4.1.2 (UTF-8 JSON)",
    advice="Encode every message with a JSON library as UTF-8; check buffer lengths where strings are joined.",
    covers=_is_broken_text,
)
def unreadable_texts(trace: Trace) -> Iterator[Sight]:
    """Frames of the station of which no message could be made."""
    for oddity in trace.oddities:
        if not oddity.stray_answer and oddity.frame.sender == "charge_point":
            yield Sight(oddity.frame.n, oddity.reason)

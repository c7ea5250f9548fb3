"""Reading JSON that is not quite JSON: the slow path, taken only when the strict decoder refused a text."""

import json
import math
from collections import Counter
from typing import Any, Final

from chargeproof.ocpp.deviations import Deviations

# Python refuses to convert more digits at once, and nothing in OCPP has a tenth of them.
_DIGITS_READ: Final = 300


class NotJson(ValueError):
    """Not even the tolerant reader makes anything of the text."""


def parse_tolerantly(text: str | bytes, deviations: Deviations, where: str = "$") -> Any:
    """The JSON value in ``text``; what had to be overlooked is added to ``deviations``.

    Invalid UTF-8 and lone surrogates become U+FFFD, NUL bytes and a byte order mark are dropped, NaN and
    Infinity are read as strings, text after the value is ignored. Raises ``NotJson`` if nothing can be read.
    """
    cleaned = _cleaned(text, deviations, where)
    decoder = _decoder(deviations, where, strict=True)
    noted = len(deviations.found)
    try:
        return _first_value(decoder, cleaned, deviations, where)
    except RecursionError:
        raise NotJson("the text is nested too deeply") from None
    except ValueError:
        del deviations.found[noted:]
    decoder = _decoder(deviations, where, strict=False)
    try:
        value = _first_value(decoder, cleaned, deviations, where)
    except RecursionError:
        raise NotJson("the text is nested too deeply") from None
    except ValueError as error:
        raise NotJson(f"the text is not JSON: {error}") from None
    deviations.add(where, "not_json", cleaned, "A string holds control characters that JSON wants escaped.")
    return value


def _cleaned(text: str | bytes, deviations: Deviations, where: str) -> str:
    if isinstance(text, bytes):
        decoded = text.decode("utf-8", "replace")
        if "\ufffd" in decoded and decoded.encode() != text:
            deviations.add(where, "not_json", decoded, "The text is not UTF-8.")
        text = decoded
    if not text.isascii():
        without_surrogates = _without_surrogates(text)
        if without_surrogates != text:
            deviations.add(where, "not_json", without_surrogates, "The text holds a lone surrogate.")
            text = without_surrogates
    for unwanted, name in (("\ufeff", "a byte order mark"), ("\x00", "NUL bytes")):
        if unwanted in text:
            text = text.replace(unwanted, "")
            deviations.add(where, "not_json", text, f"The text holds {name}.")
    return text.strip()


def _first_value(decoder: json.JSONDecoder, text: str, deviations: Deviations, where: str) -> Any:
    value, end = decoder.raw_decode(text)
    if text[end:].strip():
        deviations.add(where, "not_json", text[end:], "Text follows after the JSON value.")
    if "\\u" in text:
        value = _repaired(value, deviations, where)
    return value


def _decoder(deviations: Deviations, where: str, *, strict: bool) -> json.JSONDecoder:
    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        read = dict(items)
        if len(read) < len(items) and not deviations.full:
            counts = Counter(name for name, _ in items)
            twice = next(name for name, count in counts.items() if count > 1)
            deviations.add(
                where, "duplicate_key", twice, "An object names a field twice; the last one is read."
            )
        return read

    def constant(name: str) -> str:
        deviations.add(where, "not_json", name, f"{name} is not JSON; it is read as a string.")
        return name

    def integer(digits: str) -> int | str:
        return int(digits) if len(digits) <= _DIGITS_READ else digits

    def number(digits: str) -> float | str:
        value = float(digits)
        return value if math.isfinite(value) else digits

    return json.JSONDecoder(
        object_pairs_hook=pairs, parse_constant=constant, parse_int=integer, parse_float=number, strict=strict
    )


def _repaired(value: Any, deviations: Deviations, where: str) -> Any:
    r"""``value`` without lone surrogates: an escape such as \ud800 brings them in, and nothing encodes
    them."""
    match value:
        case str():
            repaired = _without_surrogates(value)
            if repaired != value:
                deviations.add(where, "not_json", repaired, "A string holds a lone surrogate.")
            return repaired
        case list():
            return [_repaired(item, deviations, where) for item in value]
        case dict():
            return {_without_surrogates(k): _repaired(v, deviations, where) for k, v in value.items()}
    return value


def _without_surrogates(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")

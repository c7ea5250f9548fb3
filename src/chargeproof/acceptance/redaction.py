"""Secrets out: of everything that a report shows, and of records that leave the machine.

Three nets, each with its own holes, one over the other: values beside the name of a secret key, credentials
inside addresses, and every secret value that a record was seen to hold, wherever it turns up again.
"""

import base64
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from chargeproof.acceptance.configuration_keys import is_secret
from chargeproof.trace import AnyEntry, Entry, Frame, Trace, dump_entry, frame_text

MARK = "[redacted]"

_LEAST_LENGTH = 6
_COMMON = frozenset(
    {"accepted", "rejected", "enabled", "disabled", "default", "optional", "required", "supported", "unknown"}
)
# The user ends at the first colon: with any colon to try, a long text of colons would take hours.
_USER_INFO = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{1,15}://)[^\s/?#\"'<>\\@:]*:[^\s/?#\"'<>\\]*@")
_QUERY = re.compile(r"([?&;]([A-Za-z0-9_.~-]{1,60})=)([^&;#\s\"'<>\\]+)")
_JSON_PAIR = re.compile(
    r'("key"\s*:\s*"([^"]{1,200})"(?:(?!"key")[^{}]){0,400}?"value"\s*:\s*")((?:[^"\\]|\\.)*)', re.DOTALL
)
_JSON_PAIR_TURNED = re.compile(
    r'("value"\s*:\s*")((?:[^"\\]|\\.)*)("(?:(?!"value")[^{}]){0,400}?"key"\s*:\s*"([^"]{1,200})")', re.DOTALL
)
_JSON_FIELD = re.compile(r'("([A-Za-z0-9_.-]{1,200})"\s*:\s*")((?:[^"\\]|\\.)*)')
_BASIC = re.compile(r"(\b(?:Basic|Bearer)\s+)[A-Za-z0-9+/=._~-]{8,}")
# What a station shows instead of a secret is none.
_MASKED = re.compile(r"[*•x.\-#]*", re.IGNORECASE)

_decoder: msgspec.json.Decoder[AnyEntry] = msgspec.json.Decoder(AnyEntry)


class Redactor:
    """Takes secrets out of texts and JSON values; ``secrets`` are values that are hidden wherever they stand."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        worth = {each for each in secrets if _worth_hiding(each)}
        ordered = sorted(worth | {json.dumps(each)[1:-1] for each in worth}, key=lambda s: (-len(s), s))
        self._known = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def text(self, text: str) -> str:
        """Free text: addresses lose their credentials, known secrets their letters."""
        text = _USER_INFO.sub(rf"\1{MARK}@", text)
        text = _QUERY.sub(lambda m: m[1] + MARK if is_secret(m[2]) else m[0], text)
        text = _BASIC.sub(rf"\1{MARK}", text)
        return text if self._known is None else self._known.sub(MARK, text)

    def value(self, value: Any) -> Any:
        """A JSON value, at any depth."""
        match value:
            case str():
                return self._nested(value)
            case list() | tuple():
                return [self.value(item) for item in value]
            case dict():
                return self._fields(value)
        return value

    def frame(self, text: str) -> str:
        """A frame: unchanged, byte for byte, where there is nothing to hide."""
        try:
            parsed = json.loads(text)
        except (ValueError, RecursionError):
            return self._unreadable(text)
        redacted = self.value(parsed)
        if redacted == parsed:
            return text
        return json.dumps(redacted, ensure_ascii=False, separators=(",", ":"))

    def entry(self, entry: Entry) -> Entry:
        """An entry of a record with every text in it redacted; number and times stay."""
        if isinstance(entry, Frame):
            return self._frame_entry(entry)
        fields: dict[str, Any] = {}
        for name in entry.__struct_fields__:
            value = getattr(entry, name)
            if isinstance(value, str):
                fields[name] = self.text(value)
            elif isinstance(value, dict | list):
                fields[name] = self.value(value)
        return msgspec.structs.replace(entry, **fields)

    def _frame_entry(self, entry: Frame) -> Frame:
        if entry.text is not None:
            return msgspec.structs.replace(entry, text=self.frame(entry.text))
        content = base64.b64decode(entry.base64 or "").decode("latin-1")
        redacted = self._unreadable(content).encode("latin-1", "replace")
        return msgspec.structs.replace(entry, base64=base64.b64encode(redacted).decode())

    def _fields(self, value: dict[Any, Any]) -> dict[Any, Any]:
        redacted = {}
        names_secret = isinstance(value.get("key"), str) and is_secret(value["key"])
        for name, item in value.items():
            hidden = (name == "value" and names_secret) or (isinstance(name, str) and is_secret(name))
            redacted[name] = MARK if hidden and _is_shown(item) else self.value(item)
        return redacted

    def _nested(self, text: str) -> str:
        """A string, which may itself be JSON (the data of a DataTransfer)."""
        if text[:1] in ("{", "["):
            try:
                inner = json.loads(text)
            except (ValueError, RecursionError):
                return self._unreadable(text)
            redacted = self.value(inner)
            if redacted != inner:
                return json.dumps(redacted, ensure_ascii=False, separators=(",", ":"))
        return self.text(text)

    def _unreadable(self, text: str) -> str:
        text = _JSON_PAIR.sub(lambda m: m[1] + MARK if is_secret(m[2]) else m[0], text)
        text = _JSON_PAIR_TURNED.sub(lambda m: m[1] + MARK + m[3] if is_secret(m[4]) else m[0], text)
        text = _JSON_FIELD.sub(lambda m: m[1] + MARK if is_secret(m[2]) else m[0], text)
        return self.text(text)


def redactor_of(trace: Trace) -> Redactor:
    """A redactor that knows every secret value which the record shows in any frame."""
    secrets: set[str] = set()
    for frame in trace.of(Frame):
        text = frame_text(frame)
        read = text if isinstance(text, str) else text.decode("latin-1")
        if _SUSPECT.search(read):
            secrets.update(_secrets_in(read))
    return Redactor(secrets)


def redact_record(lines: Iterable[str]) -> Iterator[str]:
    """A record's lines without its secrets, for a record that leaves the machine. Lines end without newline.

    A line that is no entry (cut off in the middle) is treated as text, and stays no entry.
    """
    kept = [line.rstrip("\r\n") for line in lines]
    secrets: set[str] = set()
    entries: list[AnyEntry | str] = []
    for line in kept:
        try:
            entry = _decoder.decode(line)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            text = line.replace('\\"', '"')
            secrets.update(_secrets_in(text))
            entries.append(text)
            continue
        entries.append(entry)
        if isinstance(entry, Frame) and entry.text is not None and _SUSPECT.search(entry.text):
            secrets.update(_secrets_in(entry.text))
    redactor = Redactor(secrets)
    for item in entries:
        yield redactor.frame(item) if isinstance(item, str) else dump_entry(redactor.entry(item))


# Cheap: most frames cannot hold a secret, and need not be parsed to know it.
_SUSPECT_WORDS = (
    "authorizationkey", "passw", "secret", "token", "credential", "privatekey", "simpin", "psk", "://"
)  # fmt: skip
_SUSPECT = re.compile("|".join(_SUSPECT_WORDS), re.IGNORECASE)
_CREDENTIALS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,15}://[^\s/?#\"'<>\\@:]*:([^\s/?#\"'<>\\@]+)@")


def _secrets_in(text: str) -> Iterator[str]:
    yield from _CREDENTIALS.findall(text)
    try:
        yield from _secret_values(json.loads(text))
    except (ValueError, RecursionError):
        for match in _JSON_PAIR.finditer(text):
            if is_secret(match[2]):
                yield match[3]


def _secret_values(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _secret_values(item)
    elif isinstance(value, dict):
        named = isinstance(value.get("key"), str) and is_secret(value["key"])
        for name, item in value.items():
            if isinstance(item, str) and ((name == "value" and named) or is_secret(str(name))):
                yield item
            else:
                yield from _secret_values(item)


def frame_without_secrets(text: str) -> str:
    """One frame for people to see: unchanged, byte for byte, where there is nothing to hide."""
    lowered = text.lower()  # many times as fast as the same words in a regular expression
    return _redactor.frame(text) if any(word in lowered for word in _SUSPECT_WORDS) else text


def _is_shown(value: Any) -> bool:
    """Whether there is anything to hide: a blank or already masked value is shown as it is."""
    return value is not None and not (isinstance(value, str) and _MASKED.fullmatch(value) is not None)


def _worth_hiding(value: str) -> bool:
    """Whether a value may be hunted for in every text; a short or common word would maim innocent ones."""
    return (
        len(value) >= _LEAST_LENGTH
        and value.lower() not in _COMMON
        and _MASKED.fullmatch(value) is None
        and value != MARK
    )


_redactor = Redactor()

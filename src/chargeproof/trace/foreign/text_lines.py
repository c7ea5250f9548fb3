"""Text logs: one OCPP-J array a line, with whatever stands before it.

A line that ends before its array begins (a heading with the time, the array alone on the next line) is read
together with that next line.
"""

import json
import re
from collections.abc import Iterable

from chargeproof.trace.foreign.directions import label_before
from chargeproof.trace.foreign.lines import LogError, LogLine, ReadLines, SocketEvent
from chargeproof.trace.foreign.times import stamp_in

_ARRAY = re.compile(r'\[\s*"?[234]"?\s*,\s*(\\*")')
_NO_NAMES = re.compile(
    r"ocpp|info|debug|trace|warn(?:ing)?|error|notice|websocket|ws|message|request|response|csms|server|client|"
    r"recei\w+|recv|sen[dt]|central\w*|root|main|none|null|call",
    re.IGNORECASE,
)
_ID = r"[\"'\[(<]?(?P<id>[^\s\"',;\[\]()<>=]+)"
_NAMED = (
    re.compile(
        rf"(?:charge[ _-]?box|charge[ _-]?point|charging[ _-]?station|charger|station|client|cp|ocpp)"
        rf"(?:[ _-]?(?:id|identity|identifier|name))?\s*[=:]\s*{_ID}",
        re.IGNORECASE,
    ),
    re.compile(r"(?P<id>[^\s\"',;\[\]()<>=:]+): (?:receive|send|sent|recv)[a-z]*\b", re.IGNORECASE),
    re.compile(r"\bwss?://[^\s\"'\]]*/(?P<id>[^/\s\"'\]?]+)"),
    re.compile(rf"\b(?:from|to)\s+{_ID}", re.IGNORECASE),
    re.compile(r"(?P<id>[\w.-]+)\]?\s*(?:<{1,3}|>{1,3}|-{1,2}>|<-{1,2}|→|←)\s*$"),
)
_OPENED = re.compile(r"\b(?:connected|opened|established|connection open)\b", re.IGNORECASE)
_CLOSED = re.compile(r"\b(?:disconnect(?:ed)?|closed|connection (?:lost|terminated))\b", re.IGNORECASE)
_OF_A_SOCKET = re.compile(
    r"\b(?:web ?socket|session|connection|charge ?(?:point|box)|station|charger)\b", re.IGNORECASE
)
_OF_OTHERS = re.compile(
    r"\b(?:database|db|sql|postgres\w*|mysql|redis|mqtt|kafka|broker|rabbit\w*|nats|ftp|smtp|pool|not|cannot|"
    r"failed|error|reconnect\w*|dis?connecting)\b",
    re.IGNORECASE,
)


def read_text(lines: Iterable[str]) -> ReadLines:
    """The lines of a text log. Raises LogError where none holds a message."""
    found: list[LogLine] = []
    others = 0
    heading: LogLine | None = None
    number = 0
    for number, line in enumerate(lines, start=1):
        read = read_text_line(number, line)
        if read.text is None and read.event is None:
            others += bool(line.strip())
            heading = read if line.strip() else None
            continue
        bare = heading is not None and line.lstrip().startswith("[") and read.stamp is None
        found.append(read.filled_from(heading) if bare and heading is not None else read)
        heading = None
    if not any(line.text is not None for line in found):
        raise LogError(
            f"none of its {number} lines holds an OCPP-J message, an array such as "
            '[2,"id","Heartbeat",{}]; name the log that the OCPP messages are in'
        )
    return ReadLines(found, others)


def read_text_line(number: int, line: str) -> LogLine:
    """What one line of text says; ``text`` is None where it holds no message."""
    begin = _ARRAY.search(line)
    if begin is None:
        return LogLine(
            number,
            line,
            None,
            stamp_in(line),
            label_before(line.rstrip(" :")),
            name_in(line),
            socket_event_in(line),
        )
    prefix = line[: begin.start()]
    text = _array_at(line[begin.start() :], escaped=begin[1] != '"')
    name = name_in(prefix) or name_in(line[line.rfind("]") + 1 :])
    return LogLine(number, line, text, stamp_in(prefix), label_before(prefix), name)


def holds_message(line: str) -> bool:
    """Whether an OCPP-J array begins in the line."""
    return _ARRAY.search(line) is not None


def name_in(prefix: str) -> str | None:
    """The station's id in the text before a message, where it is marked as one."""
    for pattern in _NAMED:
        for found in pattern.finditer(prefix):
            name = found["id"].strip(".:")
            if len(name) > 1 and not _NO_NAMES.fullmatch(name) and not _is_other(pattern, name):
                return name
    return None


def _is_other(pattern: re.Pattern[str], name: str) -> bool:
    """Words, times and addresses in places where an id could stand too: an id there has a digit, they are not."""
    if pattern in _NAMED[:3]:
        return False
    return not any(letter.isdigit() for letter in name) or re.fullmatch(r"[\d.:/TZ,-]+", name) is not None


def socket_event_in(line: str) -> SocketEvent | None:
    """Whether the line tells that a station's socket opened or closed."""
    if not _OF_A_SOCKET.search(line) or _OF_OTHERS.search(line):
        return None
    if _CLOSED.search(line):
        return "closed"
    return "opened" if _OPENED.search(line) else None


def _array_at(text: str, *, escaped: bool) -> str:
    """The array at the beginning; what cannot be read as one goes up to the last bracket, as it stands."""
    if escaped:
        text = _unescaped(text)
    try:
        _, end = json.JSONDecoder().raw_decode(text)
        return text[:end]
    except (ValueError, RecursionError):
        last = text.rfind("]")
        return text[: last + 1] if last > 0 else text.rstrip()


def _unescaped(text: str) -> str:
    r"""The text of an array in a quoted field, as in msg="[2,\"id\",…]"."""
    ended = re.search(r'(?<!\\)"', text)
    inner = text[: ended.start()] if ended is not None else text
    try:
        return str(json.loads(f'"{inner}"'))
    except ValueError:
        return inner.replace('\\"', '"')

"""JSON lines: a time, a direction and a message under the names that systems give them."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from chargeproof.trace.foreign.directions import (
    FROM,
    IN,
    LEFT,
    OUT,
    RIGHT,
    STATION,
    SYSTEM,
    TO,
    is_role,
    label_of_parties,
    label_of_value,
)
from chargeproof.trace.foreign.lines import LogError, LogLine, ReadLines, SocketEvent
from chargeproof.trace.foreign.text_lines import holds_message, read_text_line, socket_event_in
from chargeproof.trace.foreign.times import stamp_of


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# Without their capitals, underscores, hyphens and points.
TIMES = _names(
    "ts time timestamp @timestamp date datetime at t created createdat when receivedat logtime eventtime"
)
DIRECTIONS = _names("direction dir flow way")
WEAK_DIRECTIONS = _names("type sender from source origin event kind operation role by")
SENDERS, RECEIVERS = _names("sender from source origin"), _names("receiver to destination target")
FRAMES = _names("frame ocppmessage rawmessage raw message msg payload data body text content packet log line")
STATIONS = _names(
    "chargepointid chargeboxid chargingstationid stationid chargerid cpid cpidentity ocppid ocppidentity identity "
    "clientid deviceid chargepoint chargebox chargingstation station charger cp client"
)
ADDRESSES = _names("path url uri endpoint")
EVENTS = _names("event type action kind message msg")
_OPENED = _names("connect connected connection open opened connectionopened websocketconnected wsopen")
_CLOSED = _names("disconnect disconnected close closed connectionclosed websocketdisconnected wsclose")
_SOCKET_WORDS: dict[str, SocketEvent] = {
    **dict.fromkeys(_OPENED, "opened"),
    **dict.fromkeys(_CLOSED, "closed"),
}
_DIRECTED = (IN, OUT, RIGHT, LEFT, FROM, TO, STATION, SYSTEM)
_DEPTH = 3


def read_json_lines(lines: Iterable[str]) -> ReadLines:
    """The lines of a log in JSON lines (or of one JSON array of objects). Raises LogError.

    Objects without a message are other events of the system. A last line that was cut off is left out.
    """
    found: list[LogLine] = []
    others, number = 0, 0
    broken: tuple[int, str] | None = None
    for number, whole, value in _values(lines):
        if broken is not None and holds_message(broken[1]):
            raise _unreadable(broken[0])
        broken = None
        if not isinstance(value, dict):
            others += 1
            broken = (number, whole) if value is None else None
            continue
        line = read_object(number, whole, value)
        if line is None:
            others += 1
        else:
            found.append(line)
    if not any(line.text is not None for line in found):
        raise LogError(
            f"none of its {number} lines is a JSON object with an OCPP-J message under one of the names "
            f"{', '.join(FRAMES)}; rename the field, or name another log"
        )
    damage = f"the last line ({broken[0]}) was cut off and is left out" if broken is not None else ""
    return ReadLines(found, others, damage)


def _unreadable(number: int) -> LogError:
    return LogError(
        f"line {number} holds an OCPP-J message but is no JSON object; take the original file, or give "
        "--format text if the log is text"
    )


def _values(lines: Iterable[str]) -> Iterator[tuple[int, str, Any]]:
    """Number, text and value of each line that is not empty; the value is None for what is no JSON."""
    kept = list(lines)
    exported = _exported_array(kept)
    if exported is not None:
        for number, item in enumerate(exported, start=1):
            yield number, "", item
        return
    for number, line in enumerate(kept, start=1):
        if line.strip():
            try:
                yield number, line, json.loads(line)
            except (ValueError, RecursionError):
                yield number, line, None


def _exported_array(lines: Sequence[str]) -> list[Any] | None:
    """The items of a file that is one JSON array of objects, as databases export it."""
    first = next((line.strip() for line in lines if line.strip()), "")
    if first != "[" and not first.replace(" ", "").startswith("[{"):
        return None
    try:
        value = json.loads("\n".join(lines))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, list) else None


def read_object(number: int, whole: str, value: dict[str, Any]) -> LogLine | None:
    """What one object says; None where it tells of no message and no socket."""
    places = list(_objects_in(value))
    stamp = next((s for v in _under(places, TIMES) if (s := stamp_of(v)) is not None), None)
    station = _station_of(places)
    around = LogLine(number, whole, None, stamp, _direction_of(places, station), station)
    for candidate in _under(places, FRAMES):
        read = _message_in(number, candidate)
        if read is not None:
            return replace(around.filled_from(read), text=read.text, written_anew=read.written_anew)
    event = _event_of(places)
    return None if event is None else LogLine(number, whole, None, stamp, None, station, event)


def _message_in(number: int, value: Any) -> LogLine | None:
    """A message as an array, as text, or in a line of text with its own time and direction before it."""
    if isinstance(value, list):
        if len(value) > 1 and value[0] in (2, 3, 4, "2", "3", "4") and isinstance(value[1], str | int):
            text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
            return LogLine(number, "", text, written_anew=True)
        return None
    if not isinstance(value, str) or not holds_message(value):
        return None
    if value.lstrip().startswith("["):
        return LogLine(number, "", value.strip())
    if value.startswith('"'):
        try:
            return _message_in(number, json.loads(value))
        except ValueError:
            pass
    return read_text_line(number, value)


def _objects_in(value: dict[str, Any], depth: int = 0) -> Iterator[dict[str, Any]]:
    """The object itself, then the ones in it (Elasticsearch's ``_source``, wrapped records)."""
    yield value
    if depth < _DEPTH:
        for inner in value.values():
            if isinstance(inner, dict):
                yield from _objects_in(inner, depth + 1)


def _under(places: Sequence[dict[str, Any]], names: Sequence[str]) -> Iterator[Any]:
    """The values under these names, outer objects first and in the order of the names."""
    for place in places:
        plain = {_plain(name): value for name, value in place.items()}
        for name in names:
            if name in plain and plain[name] is not None:
                yield plain[name]


def _text_under(places: Sequence[dict[str, Any]], names: Sequence[str]) -> str | None:
    """The first text of them that is not empty."""
    return next((value for value in _under(places, names) if isinstance(value, str) and value.strip()), None)


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "").replace(" ", "").replace(".", "")


def _station_of(places: Sequence[dict[str, Any]]) -> str | None:
    for value in _under(places, STATIONS):
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            return str(value).strip()
    ends = [_text_under(places, names) for names in (SENDERS, RECEIVERS)]
    parties = [label_of_parties(end, None, None) for end in ends]
    if SYSTEM in parties:
        other = ends[1 - parties.index(SYSTEM)]
        if other is not None and not is_role(other):
            return other.strip()
    for value in _under(places, ADDRESSES):
        if isinstance(value, str) and "/" in value:
            last = value.partition("?")[0].rstrip("/").rpartition("/")[2]
            if last:
                return last
    return None


def _direction_of(places: Sequence[dict[str, Any]], station: str | None) -> str | None:
    sender, receiver = _text_under(places, SENDERS), _text_under(places, RECEIVERS)
    for value in _under(places, DIRECTIONS):
        if isinstance(value, str | int) and str(value).strip():
            text = str(value)
            return label_of_value(text) or f"word:{text.strip().lower()}"
    named = label_of_parties(sender, receiver, station)
    if named is not None:
        return named
    for value in _under(places, WEAK_DIRECTIONS):
        if isinstance(value, str) and len(value) < 40 and (label := label_of_value(value)) in _DIRECTED:
            return label
    return None


def _event_of(places: Sequence[dict[str, Any]]) -> SocketEvent | None:
    for value in _under(places, EVENTS):
        if isinstance(value, str):
            event = _SOCKET_WORDS.get(_plain(value)) or socket_event_in(value)
            if event is not None:
                return event
    return None

"""OCPP logs of other systems as records that can be judged.

``recognised`` tells which format a file has, ``read_log`` makes a ``Trace`` of it. What is not in the log is not
in the record: no acts, no steps, no files; see ``assembly`` for times, senders and sockets.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

import msgspec

from chargeproof.trace.entries import Frame, Note, RunBegan
from chargeproof.trace.foreign.assembly import Assembly, assembled, lines_of_station, numbered
from chargeproof.trace.foreign.json_lines import read_json_lines
from chargeproof.trace.foreign.lines import LogError
from chargeproof.trace.foreign.text_lines import holds_message, read_text
from chargeproof.trace.trace import Trace

__all__ = ["ForeignLog", "LogError", "LogFormat", "read_log", "recognised"]

LogFormat = Literal["jsonl", "text"]
SITE = "log"
_LOOKED_AT = 2000
_IN_WORDS: dict[LogFormat, str] = {"jsonl": "JSON lines", "text": "text"}


class Heading(Protocol):
    """Makes the head of the record from what the log alone can tell."""

    def __call__(
        self, *, at: datetime, mono: float, charge_point_id: str, site: str, environment: dict[str, Any]
    ) -> RunBegan: ...


@dataclass(frozen=True, slots=True)
class ForeignLog:
    """A log as a record. ``summary`` tells a person what was read, and what the log does not show."""

    trace: Trace
    charge_point_id: str
    summary: str


def recognised(lines: Sequence[str]) -> Literal["record", "jsonl", "text"]:
    """The format of a file by its content. Raises LogError where it is none of them."""
    first: str | None = None
    for line in [line for line in lines[:_LOOKED_AT] if line.strip()]:
        first = first if first is not None else line.strip()
        try:
            value = msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            value = None
        if isinstance(value, dict):
            return "record" if "kind" in value and "n" in value and "mono" in value else "jsonl"
        if line.strip() == "[" or line.replace(" ", "").startswith("[{"):
            return "jsonl"
        if holds_message(line):
            return "text"
    raise LogError(
        "this is neither a record nor a log with OCPP-J messages; its first line is "
        f"{_short(first or '')!r}. Name the record.jsonl of a run, or a log that holds a message on a line, in "
        "JSON lines or as text"
    )


def read_log(
    lines: Sequence[str],
    log_format: LogFormat,
    heading: Heading,
    *,
    charge_point_id: str | None = None,
    name: str = "",
) -> ForeignLog:
    """The messages of one station as a record; ``name``: of the file. Raises LogError that says what to do."""
    read = read_json_lines(lines) if log_format == "jsonl" else read_text(lines)
    station, mine, nameless = lines_of_station(read.lines, charge_point_id)
    assembly = assembled(mine)
    frames = [entry for entry in assembly.entries if isinstance(entry, Frame)]
    if not frames:
        raise LogError(
            f"nothing tells who sent its {len(mine)} messages; take a log that names a direction with each message"
        )
    told = {
        "file": name,
        "format": log_format,
        "messages": len(frames),
        "other_lines": read.others,
        "sender_by_action": assembly.by_action,
        "sender_unknown": len(assembly.left_out),
        "doubled": len(assembly.doubled),
        "station_unknown": nameless,
        "written_anew": sum(line.written_anew for line in mine),
    }
    first = assembly.entries[0]
    head = heading(
        at=first.at,
        mono=first.mono,
        charge_point_id=station or "unnamed",
        site=SITE,
        environment={"log": {key: value for key, value in told.items() if value}},
    )
    trace = Trace(numbered([head, *assembly.entries]), damage=read.damage)
    return ForeignLog(trace, station, _summary(log_format, station, trace, assembly, nameless))


def _summary(log_format: LogFormat, name: str, trace: Trace, assembly: Assembly, nameless: int) -> str:
    of = f" of {name}" if name else ""
    parts = [f"A log in {_IN_WORDS[log_format]}: {len(trace.of(Frame))} messages{of}."]
    why = next((str(note.value) for note in trace.of(Note) if note.name == "why_no_times"), "")
    if why:
        parts.append(f"It has no times to judge by ({why}): whatever depends on them stays open.")
    elif not trace.has_wall_clock:
        parts.append("Its times have no zone or date: the station's clock cannot be held against them.")
    if not trace.shows_connections:
        parts.append(
            "It does not show when sockets opened and closed: that something did not come is not proved."
        )
    if not trace.has_order:
        parts.append("Its lines stand in no order: whatever depends on that stays open; sort them first.")
    if assembly.left_out:
        parts.append(f"Left out, as nothing tells who sent them: {_lines(assembly.left_out)}.")
    if assembly.doubled:
        parts.append(f"Written twice, and counted once: {_lines(assembly.doubled)}.")
    if nameless:
        parts.append(f"Left out, as they name no station: {nameless} messages.")
    return " ".join(parts)


def _lines(numbers: Sequence[int]) -> str:
    shown = ", ".join(str(number) for number in numbers[:5])
    return f"line{'s' if len(numbers) > 1 else ''} {shown}" + (" …" if len(numbers) > 5 else "")


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."

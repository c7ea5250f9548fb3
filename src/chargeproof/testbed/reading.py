"""From a file to a trace that can be judged: a record of ours, or a log of another system."""

import codecs
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import chargeproof
from chargeproof.acceptance import script
from chargeproof.acceptance.profile import Profile
from chargeproof.errors import UsageError
from chargeproof.trace import RecordError, RunBegan, Trace, load_trace
from chargeproof.trace.foreign import LogFormat, read_log, recognised

Format = Literal["auto", "record", "jsonl", "text"]


@dataclass(frozen=True)
class Reading:
    """How a file is to be read. The last two are for logs: which station of it, and what its maker states."""

    format: Format = "auto"
    charge_point_id: str | None = None
    profile: Profile | None = None


def read_file(path: Path, content: bytes, reading: Reading) -> tuple[Trace, str]:
    """The trace, and what a reader must know of it. Raises UsageError that says why it cannot be judged."""
    try:
        log_format = reading.format if reading.format != "auto" else recognised(_lines(content))
        if log_format != "record":
            return _log(path.name, content, log_format, reading)
        trace = load_trace(content.decode(errors="surrogateescape").split("\n"))
    except RecordError as error:
        is_record = reading.format == "record"
        what, remedy = (
            ("record", "Name a record.jsonl as it was written") if is_record else ("record or log", "")
        )
        raise UsageError(f"this {what} cannot be judged: {error}", str(path), remedy) from error
    if trace.head is None:
        raise UsageError(
            "this record has no head, so that nothing is known of its run", str(path), "Take the whole file"
        )
    if reading.charge_point_id not in (None, trace.head.charge_point_id):
        raise UsageError(
            f"this is a record of {trace.head.charge_point_id}, not of {reading.charge_point_id}",
            str(path),
            "Name the record of that station",
        )
    return trace, note_on(trace)


def note_on(trace: Trace) -> str:
    """What a reader must know of a record that does not end as it should."""
    if trace.damage:
        return f"The record is damaged: {trace.damage}. What there is was judged."
    if trace.tail is None:
        return "The record has no end: the program that wrote it died. What there is was judged."
    return ""


def _log(name: str, content: bytes, log_format: LogFormat, reading: Reading) -> tuple[Trace, str]:
    log = read_log(
        _lines(content),
        log_format,
        lambda **known: _head(reading.profile, **known),
        charge_point_id=reading.charge_point_id,
        name=name,
    )
    damage = f" The log is damaged: {log.trace.damage}." if log.trace.damage else ""
    return log.trace, log.summary + damage


def _head(
    profile: Profile | None,
    *,
    at: datetime,
    mono: float,
    charge_point_id: str,
    site: str,
    environment: dict[str, Any],
) -> RunBegan:
    return RunBegan(
        at=at,
        mono=mono,
        tool_version=chargeproof.__version__,
        rule_set=script.RULE_SET,
        charge_point_id=charge_point_id,
        site=site,
        functions=tuple(case.number for case in script.SCRIPT),
        profile=profile.as_record() if profile is not None else {},
        environment=environment,
    )


def _lines(content: bytes) -> Sequence[str]:
    """The lines of a log, in UTF-8 or with the mark of UTF-16 as Windows writes it."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = content.decode("utf-16", "replace")
    else:
        text = content.decode("utf-8-sig", "replace")
    return [line.rstrip("\r") for line in text.split("\n")]

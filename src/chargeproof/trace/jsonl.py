"""A record as text: one JSON object a line, appended as things happen, readable after any crash."""

import hashlib
from collections.abc import Iterable
from typing import TextIO

import msgspec

from chargeproof.trace.entries import AnyEntry, Entry
from chargeproof.trace.trace import Trace

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[AnyEntry] = msgspec.json.Decoder(AnyEntry)


class RecordError(ValueError):
    """A line of a record cannot be read. The message says which line, why, and what can be done."""


def dump_entry(entry: Entry) -> str:
    """One entry as one line of JSON, without the newline."""
    return _encoder.encode(entry).decode()


def write_entry(stream: TextIO, entry: Entry) -> None:
    """Append one entry to the stream and hand it to the operating system at once."""
    stream.write(dump_entry(entry) + "\n")
    stream.flush()


def load_trace(lines: Iterable[str]) -> Trace:
    """Read a record. A last line that was cut off in the middle is left out and named in ``trace.damage``.

    Raises RecordError for any other line that is not an entry, with its number.
    """
    entries: list[AnyEntry] = []
    pending: tuple[int, str] | None = None
    damage = ""
    for number, line in enumerate(lines, start=1):
        if pending is not None:
            raise RecordError(f"line {pending[0]} of the record {pending[1]}; take the original file")
        if not line.strip():
            continue
        try:
            entry = _decoder.decode(line)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            pending = (number, f"is not an entry of a record ({error})")
            continue
        if entry.n != len(entries) + 1:
            raise RecordError(
                f"line {number} of the record has number {entry.n} where {len(entries) + 1} must follow; "
                "lines are missing or doubled"
            )
        entries.append(entry)
    if pending is not None:
        if not entries:
            raise RecordError(f"line {pending[0]} {pending[1]}; this is not a record")
        damage = f"the last line ({pending[0]}) was cut off and is left out"
    return Trace(entries, damage=damage)


def record_sha256(lines: bytes) -> str:
    """The SHA-256 of a record's bytes, as lower-case hex."""
    return hashlib.sha256(lines).hexdigest()

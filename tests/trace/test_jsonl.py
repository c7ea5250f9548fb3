"""Records as text: one entry a line, readable after a crash."""

import hashlib
import io

import pytest

from chargeproof.trace import RecordError, Trace, dump_entry, load_trace, record_sha256, write_entry
from tests.acceptance.records import up


def lines() -> list[str]:
    record = up().ended()
    return [dump_entry(entry) for entry in record.entries]


def test_what_is_written_is_read_back() -> None:
    record = up().ended()
    stream = io.StringIO()
    for entry in record.entries:
        write_entry(stream, entry)
    read = load_trace(stream.getvalue().splitlines())
    assert read.entries == record.entries
    assert read.damage == ""


def test_a_last_line_that_was_cut_off_is_left_out_and_named() -> None:
    text = lines()
    read = load_trace([*text[:-1], text[-1][:20]])
    assert len(read.entries) == len(text) - 1
    assert f"({len(text)})" in read.damage


def test_any_other_broken_line_is_refused_with_its_number() -> None:
    text = lines()
    text[2] = "{"
    with pytest.raises(RecordError, match="line 3 of the record"):
        load_trace(text)


@pytest.mark.parametrize(
    "change", [lambda text: text[:3] + text[4:], lambda text: [*text[:3], text[2], *text[3:]]]
)
def test_missing_and_doubled_lines_are_refused(change: object) -> None:
    with pytest.raises(RecordError, match="missing or doubled"):
        load_trace(change(lines()))  # type: ignore[operator]


def test_what_is_no_record_at_all_is_refused() -> None:
    with pytest.raises(RecordError, match="not a record"):
        load_trace(["hello"])


def test_empty_lines_do_not_matter() -> None:
    text = lines()
    assert len(load_trace([text[0], "", *text[1:], ""]).entries) == len(text)
    assert isinstance(load_trace([]), Trace)


def test_the_fingerprint_is_that_of_the_bytes() -> None:
    assert record_sha256(b"abc") == hashlib.sha256(b"abc").hexdigest()

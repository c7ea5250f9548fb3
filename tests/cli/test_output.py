"""What a command says where nobody reads it or there is no room for it, and that it ends as it would otherwise."""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

import pytest

from chargeproof.cli import output, run
from tests.cli.test_usage import said

FULL = Path("/dev/full")
NO_ROOM = 3
USAGE = 4

needs_a_full_disk = pytest.mark.skipif(not FULL.exists(), reason="no /dev/full here")


def with_stream(name: str, stream: IO[str], work: Callable[[], int], patch: pytest.MonkeyPatch) -> int:
    with stream, patch.context() as patched:
        patched.setattr(sys, name, stream)
        return work()


def unread() -> IO[str]:
    """A pipe whose reader has gone."""
    reader, writer = os.pipe()
    os.close(reader)
    return os.fdopen(writer, "w")


@needs_a_full_disk
@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["serve", "--settings"]], ids=" ".join)
def test_a_full_disk_is_told_without_a_stack_trace(
    arguments: Sequence[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code = with_stream("stdout", FULL.open("w"), lambda: run(arguments), monkeypatch)
    assert code == NO_ROOM
    assert "what there is to say cannot be written: No space left on device" in said(capsys)


@needs_a_full_disk
def test_where_even_errors_cannot_be_told_the_exit_code_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = ["judge", "none.jsonl"]
    assert with_stream("stderr", FULL.open("w"), lambda: run(nowhere), monkeypatch) == USAGE


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["serve", "--settings"]], ids=" ".join)
def test_a_reader_who_has_gone_changes_nothing(
    arguments: Sequence[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert with_stream("stdout", unread(), lambda: run(arguments), monkeypatch) == 0
    assert said(capsys) == ""


def test_what_the_system_refuses_is_told_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="Not a directory") as refused:
        os.listdir(Path(__file__))
    assert str(output.unwritable(refused.value)) == f"{__file__}: this cannot be used: Not a directory"
    lost = output.unwritable(ConnectionResetError("Connection lost"))
    assert str(lost) == "the system refused something: Connection lost"

"""Secrets in files of ours: made once, readable by this user alone, never half written."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from chargeproof.errors import ToolError

KEY_BYTES = 32


def lasting_secret(path: Path) -> bytes:
    """The secret in this file; made on first use. Raises ToolError."""
    try:
        kept = path.read_bytes().strip()
    except FileNotFoundError:
        write_secret_once(path, secrets.token_hex(KEY_BYTES).encode() + b"\n")
        kept = path.read_bytes().strip()
    except OSError as error:
        raise _unusable(path, error) from error
    if not kept:
        raise ToolError(
            "the file for the key of the stations' passwords is empty",
            str(path),
            "Bring it back from a backup; without it, delete it and set every password anew",
        )
    return kept


def write_secret_once(path: Path, content: bytes) -> bool:
    """Write a file that only this user may read, unless there is one; whether it was written. Raises ToolError."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        _write_private(draft, content)
        try:
            os.link(draft, path)  # all or nothing, and never over another
        except FileExistsError:
            return False
        finally:
            draft.unlink()
    except OSError as error:
        raise _unusable(path, error) from error
    return True


def replace_file(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Write a file that nobody ever sees half. Raises ToolError."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        _write_private(draft, content)
        draft.chmod(mode)
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        raise _unusable(path, error) from error


def _write_private(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _unusable(path: Path, error: OSError) -> ToolError:
    return ToolError(
        f"this file cannot be used: {error.strerror or error}", str(path), "Check the rights to its folder"
    )

"""Firmware that people have put here, to be offered to stations: files by name, each with its SHA-256."""

import asyncio
import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import msgspec

from chargeproof.errors import UsageError
from chargeproof.files.names import safe_name

MAX_BYTES = 256 * 1024 * 1024
MAX_FILES = 1000
BLOCK_BYTES = 1024 * 1024
_NOTE = ".json"


class Readable(Protocol):
    """What a file's bytes are read from, a block at a time."""

    def read(self, size: int, /) -> bytes: ...


class ShelfFile(msgspec.Struct, frozen=True):
    """`size` in bytes."""

    name: str
    size: int
    sha256: str
    uploaded_at: datetime
    uploaded_by: str


class FirmwareShelf:
    """A folder of firmware files. Raises UsageError for what cannot be put there, OSError for a broken disk."""

    def __init__(self, folder: Path, max_bytes: int = MAX_BYTES) -> None:
        self._folder = folder
        self.max_bytes = max_bytes

    async def put(self, name: str, content: Readable, by: str, at: datetime) -> ShelfFile:
        """Keep a file; one of the same name must be deleted first."""
        return await asyncio.to_thread(self._put, name, content, by, at)

    async def files(self) -> list[ShelfFile]:
        """By name."""
        return await asyncio.to_thread(self._list)

    async def find(self, name: str) -> ShelfFile | None:
        return next((file for file in await self.files() if file.name == name), None)

    async def remove(self, name: str) -> bool:
        """Whether there was one."""
        if await self.find(name) is None:
            return False
        await asyncio.to_thread(self._remove, name)
        return True

    def path_of(self, file: ShelfFile) -> Path:
        return self._folder / file.name

    def _put(self, name: str, content: Readable, by: str, at: datetime) -> ShelfFile:
        kept_name = safe_name(name)
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / kept_name
        if kept_name.endswith(_NOTE) or kept_name.startswith("."):
            raise UsageError("a firmware file is not called so", name, "Choose another name")
        if path.exists():
            raise UsageError("there is a firmware file of this name", kept_name, "Delete it first")
        if len(self._list()) >= MAX_FILES:
            raise UsageError(f"there are {MAX_FILES} firmware files already", remedy="Delete some first")
        part = path.with_name(f".{kept_name}.part")
        try:
            size, digest = self._copy(content, part, name)
            file = ShelfFile(kept_name, size, digest, at, by)
            self._note_of(kept_name).write_bytes(msgspec.json.encode(file))
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
        return file

    def _copy(self, content: Readable, part: Path, name: str) -> tuple[int, str]:
        size, digest = 0, hashlib.sha256()
        with part.open("wb") as out:
            while block := content.read(BLOCK_BYTES):
                size += len(block)
                if size > self.max_bytes:
                    raise UsageError(
                        f"the file has more than {self.max_bytes} bytes", name, "Choose a smaller file"
                    )
                digest.update(block)
                out.write(block)
        if not size:
            raise UsageError("the file is empty", name, "Choose another file")
        return size, digest.hexdigest()

    def _list(self) -> list[ShelfFile]:
        if not self._folder.is_dir():
            return []
        paths = sorted(path for path in self._folder.iterdir() if path.is_file())
        return [
            self._known(path)
            for path in paths
            if not path.name.startswith(".") and not path.name.endswith(_NOTE)
        ]

    def _known(self, path: Path) -> ShelfFile:
        """As noted when it was put here; a file that somebody copied into the folder is looked at."""
        status = path.stat()
        try:
            file = msgspec.json.decode(self._note_of(path.name).read_bytes(), type=ShelfFile)
            if file.size == status.st_size and file.name == path.name:
                return file
        except (OSError, msgspec.DecodeError):
            pass
        with path.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
        changed_at = datetime.fromtimestamp(status.st_mtime, UTC)
        file = ShelfFile(path.name, status.st_size, digest, changed_at, "")
        self._note_of(path.name).write_bytes(msgspec.json.encode(file))
        return file

    def _remove(self, name: str) -> None:
        (self._folder / name).unlink(missing_ok=True)
        self._note_of(name).unlink(missing_ok=True)

    def _note_of(self, name: str) -> Path:
        return self._folder / f".{name}{_NOTE}"

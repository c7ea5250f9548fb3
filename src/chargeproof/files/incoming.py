"""A file that arrives from outside: counted, hashed and limited while it is written."""

import hashlib
from pathlib import Path
from typing import BinaryIO

from chargeproof.files.names import numbered_name, safe_name

CHUNK_BYTES = 256 * 1024
MAX_FILES = 100


class TooLong(Exception):
    """The upload is over the limit."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"longer than the {limit} bytes that are allowed here")


class TooMany(Exception):
    """The place holds as many files as it may."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"no more than {limit} files are allowed here")


class IncomingFile:
    """Written once, under a name that no other file of the folder has; nothing is ever overwritten."""

    def __init__(self, folder: Path, name: str, limit: int, max_files: int = MAX_FILES) -> None:
        """Raises TooMany where the folder is full: those that are just arriving count too."""
        if sum(1 for _ in folder.iterdir()) >= max_files:
            raise TooMany(max_files)
        self.path, self._file = _create(folder, safe_name(name))
        self.size = 0
        self._limit = limit
        self._digest: hashlib._Hash | None = hashlib.sha256()

    @classmethod
    def resume(cls, path: Path, limit: int) -> "IncomingFile":
        """Go on with a file that was cut off; follow with `seek`."""
        self = cls.__new__(cls)
        self.path = path
        self._file = path.open("r+b")
        self.size = path.stat().st_size
        self._limit = limit
        self._digest = None
        return self

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def closed(self) -> bool:
        return self._file.closed

    def seek(self, offset: int) -> None:
        """What lies after `offset` will be written anew."""
        self._file.truncate(offset)
        self._file.seek(offset)
        self.size = offset
        self._digest = None

    def write(self, chunk: bytes) -> None:
        """Raises TooLong, and OSError as of any file."""
        if self.size + len(chunk) > self._limit:
            raise TooLong(self._limit)
        self._file.write(chunk)
        self.size += len(chunk)
        if self._digest is not None:
            self._digest.update(chunk)

    def close(self) -> None:
        self._file.close()

    def remove(self) -> None:
        self._file.close()
        self.path.unlink(missing_ok=True)

    def sha256(self) -> str:
        """Of all that was written; call it after `close`. A resumed file is read again for it."""
        if self._digest is not None:
            return self._digest.hexdigest()
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


def _create(folder: Path, name: str) -> tuple[Path, BinaryIO]:
    number = 1
    while True:
        path = folder / numbered_name(name, number)
        try:
            return path, path.open("xb")
        except FileExistsError:
            number += 1

"""What a station keeps over reboots and power cuts."""

import json
import os
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

from chargeproof.errors import UsageError


class Memory(MutableMapping[str, Any]):
    """Persistent memory: names to values that JSON can hold. This one lives as long as the program.

    Values are stored as copies, so that only an assignment changes what a reboot will find.
    """

    def __init__(self, content: dict[str, Any] | None = None) -> None:
        self._texts = {name: json.dumps(value) for name, value in (content or {}).items()}

    def __getitem__(self, name: str) -> Any:
        return json.loads(self._texts[name])

    def __setitem__(self, name: str, value: Any) -> None:
        text = json.dumps(value)
        if self._texts.get(name) != text:
            self._texts[name] = text
            self._changed()

    def __delitem__(self, name: str) -> None:
        del self._texts[name]
        self._changed()

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def _changed(self) -> None:
        """Called after each change."""


class FileMemory(Memory):
    """Persistent memory in a JSON file that outlives the program. Raises UsageError for a broken file."""

    def __init__(self, path: Path) -> None:
        super().__init__(_content_of(path))
        self._path = path

    def _changed(self) -> None:
        draft = self._path.with_name(self._path.name + ".new")
        lines = ",\n".join(f"{json.dumps(name)}: {text}" for name, text in self._texts.items())
        draft.touch(mode=0o600)  # it may hold a password and a private key
        draft.write_text("{" + lines + "}\n", encoding="utf-8")
        os.replace(draft, self._path)  # so that a kill leaves the old content or the new, never half


def _content_of(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"this is no memory of a simulated station: {error}", str(path)) from error
    if not isinstance(content, dict):
        raise UsageError("this is no memory of a simulated station: not a JSON object", str(path))
    return content

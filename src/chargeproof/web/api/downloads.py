"""What leaves as a file: its name in the header, and cells that no spreadsheet takes for a formula."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

import msgspec

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")
_AFTER_A_SEPARATOR = re.compile(r"([;\t\r\n]\s*)(?=[=+@＝＋－＠-])")
"""Where a spreadsheet that is set to another separator than the comma begins a cell."""
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


def attachment(name: str) -> dict[str, str]:
    """The headers of a download that no browser opens in place. `name` may be anything."""
    plain = _UNSAFE.sub("_", name).lstrip(".") or "download"
    exact = quote(name.replace("/", "_"), safe="")
    return {
        "content-disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}",
        "x-content-type-options": "nosniff",
    }


def cell(value: Any) -> str:
    """A value for a CSV file. A text that a spreadsheet would calculate gets an apostrophe in front."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = _AFTER_A_SEPARATOR.sub(r"\1'", str(value).replace("\x00", ""))
    if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text):
        return "'" + text
    return text


def csv_text(columns: Sequence[str], rows: Iterable[msgspec.Struct], *, heading: bool = True) -> bytes:
    """A table, or the next rows of one that has its heading; each row has the columns as fields."""
    out = io.StringIO()
    writer = csv.writer(out)
    if heading:
        writer.writerow(columns)
    for row in rows:
        values = msgspec.to_builtins(row)
        writer.writerow([cell(values[name]) for name in columns])
    return out.getvalue().encode()

"""Records to rows and back, by position: a record's fields stand in the order of its table's columns."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import msgspec
from sqlalchemy import JSON, Boolean, Column, Table

from chargeproof.store.records import Record
from chargeproof.store.utc import UtcDateTime, utc_from_text, utc_text

R = TypeVar("R", bound=Record)
_Convert = Callable[[Any], Any]

MAX_INTEGER = 2**63 - 1


def storable(value: Any) -> Any:
    """What SQLite can hold of a value that a station made up.

    Lone surrogates become escapes, NUL stays; an integer beyond 64 bits becomes its nearest bound.
    """
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode() if not value.isascii() else value
    if isinstance(value, int):
        return max(-MAX_INTEGER - 1, min(MAX_INTEGER, value))
    return value


def _json_text(value: Any) -> str:
    return msgspec.json.encode(value).decode()


class RowFormat(Generic[R]):
    """How one kind of record stands in its SQLite table: the SQL, and both directions of conversion."""

    def __init__(
        self,
        table: Table,
        record: type[R],
        *,
        read_as: Mapping[str, str] | None = None,
        of_station: str | None = None,
    ) -> None:
        """read_as: SQL in place of a column where rows are read.

        of_station: SQL in place of the table in questions about one station.
        """
        self.record = record
        self.fields = record.__struct_fields__
        self.table = table.name
        columns = [table.c[name] for name in self.fields]
        self.columns = ", ".join(f'"{name}"' for name in self.fields)
        # Table and column names in this file come from the schema, never from outside.
        self.insert = self.insert_with()
        read = ", ".join((read_as or {}).get(name, f'"{name}"') for name in self.fields)
        self.select = f"SELECT {read} FROM {table.name}"  # noqa: S608
        # SQLite merges the parts of such a table only by what is asked for: the number stands after the fields.
        number = "" if of_station is None else ", row_number"
        self.select_of_station = f"SELECT {read}{number} FROM {of_station or table.name}"  # noqa: S608
        self.upsert = self.insert + self._on_conflict(table)
        self._encoders = _converters(columns, utc_text, _json_text, int)
        self._decoders = _converters(columns, utc_from_text, msgspec.json.decode, bool)

    def insert_with(self, *further: str) -> str:
        """SQL that takes a row of a record and after it the values of further columns."""
        names = ", ".join([self.columns, *(f'"{name}"' for name in further)])
        marks = ", ".join("?" * (len(self.fields) + len(further)))
        return f"INSERT INTO {self.table} ({names}) VALUES ({marks})"  # noqa: S608

    def _on_conflict(self, table: Table) -> str:
        keys = [column.name for column in table.primary_key]
        rest = ", ".join(f'"{name}" = excluded."{name}"' for name in self.fields if name not in keys)
        return f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {rest}"

    def row(self, record: R) -> list[Any]:
        values = list(msgspec.structs.astuple(record))
        for position, encode in self._encoders:
            value = values[position]
            if value is not None:
                values[position] = encode(value)
        return values

    def read(self, row: Sequence[Any]) -> R:
        values = dict(zip(self.fields, row, strict=False))
        for position, decode in self._decoders:
            name = self.fields[position]
            if values[name] is not None:
                values[name] = decode(values[name])
        return msgspec.convert(values, self.record)


def _converters(
    columns: Sequence[Column[Any]], moment: _Convert, json: _Convert, truth: _Convert
) -> list[tuple[int, _Convert]]:
    found: list[tuple[int, _Convert]] = []
    for position, column in enumerate(columns):
        if isinstance(column.type, UtcDateTime):
            found.append((position, moment))
        elif isinstance(column.type, JSON):
            found.append((position, json))
        elif isinstance(column.type, Boolean):
            found.append((position, truth))
    return found

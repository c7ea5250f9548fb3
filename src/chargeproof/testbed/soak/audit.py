"""Holds what the stations were told against what the store kept."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec

from chargeproof.testbed.soak.load import Answered, Log

Row = tuple[Any, ...]


class Audit(msgspec.Struct, frozen=True):
    """answered: requests whose answer must be durable (all but Heartbeats). heartbeats: the others.

    lost: answers that the store does not bear out, and doubled: transactions that it has twice; each a sentence.
    inconsistent: rows of the store that contradict one another.
    """

    answered: int
    heartbeats: int
    heartbeats_kept: int
    transactions: int
    lost: list[str]
    doubled: list[str]
    inconsistent: list[str]

    @property
    def faults(self) -> list[str]:
        return [*self.lost, *self.doubled, *self.inconsistent]


def audit(store: Path, log: Log) -> Audit:
    """Judge a store that no process has open for writing."""
    with closing(sqlite3.connect(store)) as connection:
        kept = _Kept(connection)
        promised = [item for item in log.answered if item.action != "Heartbeat"]
        beats = [item for item in log.answered if item.action == "Heartbeat"]
        return Audit(
            answered=len(promised),
            heartbeats=len(beats),
            heartbeats_kept=sum(_id(item) in kept.exchanges for item in beats),
            transactions=len(kept.transactions),
            lost=[fault for item in promised for fault in kept.faults_of(item)],
            doubled=list(kept.doubled()),
            inconsistent=[*kept.inconsistent(), *log.contradictions],
        )


def _id(item: Answered) -> tuple[str, str]:
    return item.charge_point_id, item.unique_id


class _Kept:
    """What a store holds, by what it is looked up with."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.exchanges: dict[tuple[str, str], list[str | None]] = {}
        for station, unique_id, answer in self._rows(
            "SELECT charge_point_id, unique_id, answer_text FROM exchanges WHERE caller = 'charge_point'"
        ):
            self.exchanges.setdefault((station, unique_id), []).append(answer)
        self.transactions: dict[int, Row] = {
            row[0]: row
            for row in self._rows(
                "SELECT transaction_id, charge_point_id, started_text, meter_start_wh, meter_stop_wh, stopped_text"
                " FROM transactions"
            )
        }
        self._values = Counter(
            self._rows("SELECT charge_point_id, transaction_id, timestamp_text FROM meter_values")
        )
        self._statuses = Counter(self._rows("SELECT charge_point_id, status, timestamp_text FROM statuses"))
        self._stations = {
            station
            for (station,) in self._rows(
                "SELECT charge_point_id FROM charge_points WHERE accepted_at IS NOT NULL"
            )
        }

    def _rows(self, sql: str) -> list[Row]:
        return self._connection.execute(sql).fetchall()

    def faults_of(self, item: Answered) -> Iterator[str]:
        """What is missing of what this answer promised."""
        name = f"{item.charge_point_id} {item.action} {item.unique_id}"
        answers = [msgspec.json.decode(text)[2] for text in self.exchanges.get(_id(item), []) if text]
        if item.answer not in answers:
            yield f"{name}: the exchange is lost"
        if not self._effect_of(item):
            yield f"{name}: its effect is lost"

    def _effect_of(self, item: Answered) -> bool:
        payload, station = item.payload, item.charge_point_id
        match item.action:
            case "BootNotification":
                return station in self._stations
            case "StatusNotification":
                return (station, payload["status"], payload["timestamp"]) in self._statuses
            case "MeterValues":
                at = payload["meterValue"][0]["timestamp"]
                return (station, payload["transactionId"], at) in self._values
            case "StartTransaction":
                row = self.transactions.get(item.answer["transactionId"])
                return row is not None and row[1:4] == (station, payload["timestamp"], payload["meterStart"])
            case _:
                row = self.transactions.get(payload["transactionId"])
                return row is not None and row[4:6] == (payload["meterStop"], payload["timestamp"])

    def doubled(self) -> Iterator[str]:
        starts = Counter((row[1], row[2]) for row in self.transactions.values())
        for (station, at), count in starts.items():
            if count > 1:
                yield f"{station}: the transaction of {at} is there {count} times"
        for station, transaction_id, count in self._rows(
            "SELECT charge_point_id, transaction_id, count(*) FROM stops WHERE repeated = 0"
            " AND transaction_id IS NOT NULL GROUP BY transaction_id HAVING count(*) > 1"
        ):
            yield f"{station}: transaction {transaction_id} was ended {count} times"

    def inconsistent(self) -> Iterator[str]:
        """Every effect came into the store together with its frame, so neither is there alone."""
        for (verdict,) in self._rows("PRAGMA integrity_check"):
            if verdict != "ok":
                yield f"the store is damaged: {verdict}"
        for row in self._rows("PRAGMA foreign_key_check"):
            yield f"a row of {row[0]} refers to nothing"
        for station, unique_id in self._rows("SELECT charge_point_id, start_unique_id FROM transactions"):
            if (station, unique_id) not in self.exchanges:
                yield f"{station}: a transaction without its frame {unique_id}"
        for station, unique_id in self._rows("SELECT charge_point_id, unique_id FROM stops"):
            if (station, unique_id) not in self.exchanges:
                yield f"{station}: a stop without its frame {unique_id}"
        for action, table in (("MeterValues", "meter_values"), ("StatusNotification", "statuses")):
            ((frames,),) = self._connection.execute(
                "SELECT count(*) FROM exchanges WHERE action = ? AND outcome = 'answered'", (action,)
            )
            ((rows,),) = self._rows(f"SELECT count(*) FROM {table}")  # noqa: S608  a name of ours
            if frames != rows:
                yield f"{frames} frames of {action} and {rows} rows in {table}"

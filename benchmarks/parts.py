"""Where the time of one message goes: the central system and its store in this process, without sockets."""

import asyncio
import re
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import process_time
from typing import Any

import uvloop

from benchmarks.results import Row
from chargeproof.bus import LocalBus
from chargeproof.central_system import CentralSystem, CentralSystemSettings
from chargeproof.central_system.ports import Handshake, Session
from chargeproof.cli import long_lived
from chargeproof.clock import LoopClock
from chargeproof.ocpp import CallReceived, Connection, HeartbeatConf, Role, StartTransactionConf
from chargeproof.ocpp.enums import AuthorizationStatus
from chargeproof.ocpp.messages import Confirmation, IdTagInfo
from chargeproof.simulator.fleet.frames import CHARGING, OPENING, START, Template, card_of
from chargeproof.store import SqliteStore
from chargeproof.store.records import IdTagRecord

WHAT = "parts of a message"
READING, ENCODING, DECIDING, INSERTING, COMMITTING = (
    "reading the frame, validating the payload",
    "encoding the answer",
    "deciding, flags, rows, hand-over",
    "SQL: putting the rows in",
    "SQL: commit, fdatasync, checkpoint",
)
STATIONS = 100
MESSAGES = 20_000
WARM_UP = 4_000
_TRANSACTION = re.compile(r'"transactionId":(\d+)')


class _MeasuredStore(SqliteStore):
    """Counts the CPU of its commits."""

    writing_s = committing_s = 0.0

    def _write(self, batch: Any) -> float:
        begun = process_time()
        try:
            return super()._write(batch)
        finally:
            self.writing_s += process_time() - begun

    def _make_durable(self) -> None:
        begun = process_time()
        try:
            super()._make_durable()
        finally:
            self.committing_s += process_time() - begun


class _Station:
    """Our end of no socket: what is sent here is answered by the next message of the mix."""

    session: Session

    def __init__(self, number: int, free: "list[_Station]") -> None:
        self._number, self._free = number, free
        self._sent = 0
        self._waiting: Template | None = None
        self._transaction = b"0"
        free.append(self)

    def next_text(self) -> str:
        place = self._sent - len(OPENING)
        template = OPENING[self._sent] if place < 0 else CHARGING[place % len(CHARGING)]
        self._sent += 1
        self._waiting = template
        return _filled(template, self._number, self._sent, self._transaction)

    def send(self, text: str) -> None:
        if self._waiting is START:
            found = _TRANSACTION.search(text)
            assert found is not None
            self._transaction = found[1].encode()
        self._waiting = None
        self._free.append(self)

    def close(self, code: int, reason: str) -> None:
        return

    def abort(self) -> None:
        return


def _filled(template: Template, station: int, sequence: int, transaction: bytes) -> str:
    unique_id = b"%08x-0000-4000-8000-%012x" % (station, sequence)
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z").encode()
    return template.fill((unique_id, now, card_of(station), transaction)).decode()


def parts(rounds: int, say: Callable[[str], None]) -> list[Row]:
    """CPU by part for a message of the mix, in µs, with a store on the disk of the temporary files."""
    found: dict[str, list[float]] = {}
    long_lived.spare_the_collector()
    for _ in range(rounds):
        for part, seconds in {**_protocol(), **uvloop.run(_engine())}.items():
            found.setdefault(part, []).append(seconds * 1e6)
    protocol = zip(found[READING], found[ENCODING], strict=True)
    pairs = zip(found[DECIDING], protocol, strict=True)
    found[DECIDING] = [whole - reading - encoding for whole, (reading, encoding) in pairs]
    say("parts: " + ", ".join(f"{part} {min(each):.1f} µs" for part, each in found.items()))
    return [Row(what=WHAT, who=part, unit="µs", rounds=each) for part, each in found.items()]


def _protocol() -> dict[str, float]:
    """Seconds for reading one message of the mix and for encoding its answer."""
    texts = [_filled(CHARGING[number % len(CHARGING)], 1, number, b"1") for number in range(MESSAGES // 4)]
    connections = [Connection(Role.CENTRAL_SYSTEM) for _ in texts]
    begun = process_time()
    events = [connection.receive(text) for connection, text in zip(connections, texts, strict=True)]
    reading_s = process_time() - begun
    answers = [_answer(event) for event in events if isinstance(event, CallReceived)]
    begun = process_time()
    for connection, (unique_id, confirmation) in zip(connections, answers, strict=True):
        connection.answer(unique_id, confirmation)
    return {READING: reading_s / len(texts), ENCODING: (process_time() - begun) / len(texts)}


def _answer(event: CallReceived) -> tuple[str, Confirmation]:
    assert event.request is not None
    confirmation: Confirmation
    if event.action == "Heartbeat":
        confirmation = HeartbeatConf(current_time=datetime.now(UTC))
    elif event.action == "StartTransaction":
        info = IdTagInfo(status=AuthorizationStatus.ACCEPTED)
        confirmation = StartTransactionConf(transaction_id=1, id_tag_info=info)
    else:
        confirmation = event.request.conf()
    return event.unique_id, confirmation


async def _engine() -> dict[str, float]:
    """Seconds by part for one message, without what only the load costs."""
    with tempfile.TemporaryDirectory(prefix="chargeproof-bench-") as folder:
        store = _MeasuredStore(Path(folder) / "store.db")
        for number in range(1, STATIONS + 1):
            await store.put_id_tag(IdTagRecord(id_tag=card_of(number).decode()))
        central_system = CentralSystem(
            store=store, bus=LocalBus(), clock=LoopClock(), settings=CentralSystemSettings()
        )
        await central_system.start()
        free: list[_Station] = []
        for number in range(1, STATIONS + 1):
            _connect(central_system, _Station(number, free), f"FLEET-{number:05}")
        await _drive(free, WARM_UP)
        store.writing_s = store.committing_s = 0.0
        spent_s = await _drive(free, MESSAGES)
        writing_s, committing_s = store.writing_s, store.committing_s
        await central_system.stop()
        await store.close()
    return {
        DECIDING: (spent_s - writing_s) / MESSAGES,
        INSERTING: (writing_s - committing_s) / MESSAGES,
        COMMITTING: committing_s / MESSAGES,
    }


def _connect(central_system: CentralSystem, station: _Station, name: str) -> None:
    handshake = Handshake(f"/ocpp/{name}", name, ("ocpp1.6",), None, None, "127.0.0.1:1", None)
    station.session = central_system.connected(handshake, central_system.admit(handshake), station)


async def _drive(free: list[_Station], messages: int) -> float:
    """CPU of the central system for so many messages, all free stations sending in each turn of the loop."""
    begun, load_s, sent = process_time(), 0.0, 0
    while sent < messages:
        preparing = process_time()
        turn = [(station.session.received, station.next_text()) for station in free]
        free.clear()
        load_s += process_time() - preparing
        for receive, text in turn:
            receive(text)
        sent += len(turn)
        await asyncio.sleep(0)
    return process_time() - begun - load_s

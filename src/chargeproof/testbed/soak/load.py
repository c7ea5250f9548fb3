"""Stations that send without pause, remember every answer, and send again what was not answered."""

import asyncio
import itertools
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

RETRY_S = 0.05
ANSWER_TIMEOUT_S = 20.0
TRANSACTION_ACTIONS = ("StartTransaction", "StopTransaction")
DAWN = datetime(2026, 1, 1, tzinfo=UTC)

Payload = dict[str, Any]


class Answered(msgspec.Struct, frozen=True):
    """A request that was answered: the answer is what the station relies on from now on."""

    charge_point_id: str
    unique_id: str
    action: str
    payload: Payload
    answer: Any


class Log(msgspec.Struct):
    """What the stations know. contradictions: answers that differ from the one given before."""

    answered: list[Answered] = []
    contradictions: list[str] = []
    sent: int = 0
    repeated: int = 0
    connected: int = 0


class SoakStation:
    """One station: boots, and then charges one car after the other until `ending` is set."""

    def __init__(
        self, charge_point_id: str, address: str, log: Log, seed: int, on_sent: Callable[[], None]
    ) -> None:
        self.charge_point_id = charge_point_id
        self._address = f"{address}/{charge_point_id}"
        self._log = log
        self._random = random.Random(seed)  # noqa: S311
        self._on_sent = on_sent
        self._ids = itertools.count(1)
        self._wire: ClientConnection | None = None
        self._given: dict[str, tuple[str, Payload, Any]] = {}
        self.ending = False
        self.cuts = 0

    async def run(self) -> None:
        for number in itertools.count():
            if self.ending:
                break
            for action, payload in self._car(number):
                await self.call(action, payload)
        if self._wire is not None:
            await self._wire.close()

    def _car(self, number: int) -> Iterator[tuple[str, Payload]]:
        at = DAWN + timedelta(minutes=number)
        yield "StatusNotification", _status("Preparing", at)
        start = {"connectorId": 1, "idTag": "SOAK", "meterStart": number, "timestamp": _text(at)}
        yield "StartTransaction", start
        transaction_id = self._given[_key("StartTransaction", start)][2]["transactionId"]
        for second in (1, 2):
            yield "MeterValues", _values(transaction_id, at + timedelta(seconds=second))
        yield "Heartbeat", {}
        stopped = _text(at + timedelta(seconds=30))
        yield (
            "StopTransaction",
            {"transactionId": transaction_id, "meterStop": number + 1, "timestamp": stopped, "idTag": "SOAK"},
        )
        if self._random.random() < 0.2:
            # Its answer might have been lost on the way: a station sends it again, under a new id.
            self._log.repeated += 1
            yield self._random.choice([("StartTransaction", start), self._given_last("StopTransaction")])

    def _given_last(self, action: str) -> tuple[str, Payload]:
        payload = next(given[1] for given in reversed(self._given.values()) if given[0] == action)
        return action, payload

    async def call(self, action: str, payload: Payload) -> None:
        """Send until it is answered; through a crash the same id or, as some stations do, a new one."""
        unique_id = self._new_id()
        while True:
            answer = await self._attempt(unique_id, action, payload)
            if answer is not None:
                self._note(Answered(self.charge_point_id, unique_id, action, payload, answer))
                return
            if self._random.random() < 0.5:
                unique_id = self._new_id()

    async def _attempt(self, unique_id: str, action: str, payload: Payload) -> Any:
        try:
            wire = self._wire or await self._connected()
            return await self._exchange(wire, unique_id, action, payload)
        except (OSError, TimeoutError, WebSocketException):
            if self._wire is not None:
                self.cuts += 1
                self._wire.transport.abort()
                self._wire = None
            await asyncio.sleep(RETRY_S)
            return None

    async def _connected(self) -> ClientConnection:
        wire = await connect(
            self._address, subprotocols=[Subprotocol("ocpp1.6")], ping_interval=None, compression=None
        )
        self._log.connected += 1
        self._wire = wire
        boot = {"chargePointVendor": "Soak", "chargePointModel": "Soak"}
        unique_id = self._new_id()
        answer = await self._exchange(wire, unique_id, "BootNotification", boot)
        self._note(Answered(self.charge_point_id, unique_id, "BootNotification", boot, answer))
        return wire

    async def _exchange(self, wire: ClientConnection, unique_id: str, action: str, payload: Payload) -> Any:
        text = msgspec.json.encode([2, unique_id, action, payload]).decode()
        self._log.sent += 1
        self._on_sent()
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            await wire.send(text)
            while True:
                frame = msgspec.json.decode(await wire.recv())
                if frame[0] == 3 and frame[1] == unique_id:
                    return frame[2]

    def _note(self, answered: Answered) -> None:
        self._log.answered.append(answered)
        if answered.action not in TRANSACTION_ACTIONS:
            return
        key = _key(answered.action, answered.payload)
        before = self._given.setdefault(key, (answered.action, answered.payload, answered.answer))
        if before[2] != answered.answer:
            self._log.contradictions.append(
                f"{self.charge_point_id} {key}: {before[2]}, and then {answered.answer}"
            )

    def _new_id(self) -> str:
        return f"{self.charge_point_id}-{next(self._ids)}"


async def end_all(stations: list[SoakStation], tasks: list["asyncio.Task[None]"], patience_s: float) -> None:
    """Let every station finish its car and leave. Raises what went wrong in one."""
    for station in stations:
        station.ending = True
    try:
        async with asyncio.timeout(patience_s):
            await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)


def _key(action: str, payload: Payload) -> str:
    return f"{action} {payload['timestamp']}"


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _status(status: str, at: datetime) -> Payload:
    return {"connectorId": 1, "errorCode": "NoError", "status": status, "timestamp": _text(at)}


def _values(transaction_id: int, at: datetime) -> Payload:
    sampled = [
        {"value": "230.1", "measurand": "Voltage", "unit": "V", "phase": phase} for phase in ("L1", "L2")
    ]
    return {
        "connectorId": 1,
        "transactionId": transaction_id,
        "meterValue": [{"timestamp": _text(at), "sampledValue": sampled}],
    }

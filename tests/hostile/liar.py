"""A station that puts what harms into every text that it may send."""

import asyncio
import json
from collections.abc import Coroutine
from typing import Any
from urllib.parse import quote

import httpx
from websockets.asyncio.client import ClientConnection, connect

from tests.hostile.attacked import NO_TLS, Attacked
from tests.survival.bench import NOON

MARKUP = "</script><script>window.harmed=1</script><img src=x onerror=window.harmed=1><b>{{7*7}}${7*7}`"
LINES = "\r\n2026-01-01 [error] forged line\x1b[2J\x1b[31m\x9b1m\u202e"
HARM = f"=1+1;=2+2{MARKUP}{LINES}"
"""For spreadsheets of both kinds of separators, for pages, and for logs and terminals."""
NAME = f"=1+1{MARKUP}"
"""An id; what cannot be seen is refused in those."""
PATIENCE_S = 60


class Liar:
    """One socket. Commands are answered with lies, by `tell`."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._ids = 0
        self.location = ""

    async def call(self, action: str, payload: dict[str, Any]) -> Any:
        """Its answer, CALLRESULT or CALLERROR."""
        self._ids += 1
        unique_id = f"{self._ids}{HARM}"[:36]
        await self._socket.send(json.dumps([2, unique_id, action, payload]))
        while (frame := await self._heard())[1] != unique_id or frame[0] == 2:
            await self._answer(frame)
        return frame

    async def answer_one(self, action: str) -> None:
        while (frame := await self._heard())[2] != action:
            await self._answer(frame)
        await self._answer(frame)

    async def _heard(self) -> Any:
        async with asyncio.timeout(PATIENCE_S):
            return json.loads(await self._socket.recv())

    async def _answer(self, frame: Any) -> None:
        if frame[0] == 2:
            self.location = frame[3].get("location", self.location)
            await self._socket.send(json.dumps([3, frame[1], LIES.get(frame[2], {"status": HARM})]))


LIES: dict[str, Any] = {
    "GetConfiguration": {
        "configurationKey": [{"key": HARM, "readonly": False, "value": HARM}],
        "unknownKey": [HARM],
    },
    "GetDiagnostics": {"fileName": HARM},
    "GetLog": {"status": "Accepted", "filename": HARM},
}
READING = {"value": HARM, "unit": HARM, "context": HARM, "measurand": HARM, "phase": HARM, "location": HARM}


async def lie(attacked: Attacked) -> None:
    """All that a station says in its life."""
    address = f"ws://127.0.0.1:{attacked.ocpp_port}/ocpp/{quote(NAME, safe='')}"
    async with connect(address, subprotocols=["ocpp1.6"], user_agent_header=NAME, proxy=None) as socket:  # type: ignore[list-item]
        liar = Liar(socket)
        fields = ("chargePointVendor", "chargePointModel", "chargePointSerialNumber", "chargeBoxSerialNumber")
        more = ("firmwareVersion", "iccid", "imsi", "meterType", "meterSerialNumber")
        await liar.call("BootNotification", dict.fromkeys((*fields, *more), HARM))
        shown = dict.fromkeys(("info", "vendorId", "vendorErrorCode"), HARM)
        status = {"connectorId": 1, "errorCode": "OtherError", "status": "Faulted", "timestamp": NOON}
        await liar.call("StatusNotification", {**status, **shown})
        await liar.call("StatusNotification", {**status, "errorCode": HARM, "status": HARM})
        await liar.call("Authorize", {"idTag": HARM})
        begun = await liar.call(
            "StartTransaction", {"connectorId": 1, "idTag": HARM, "meterStart": 0, "timestamp": NOON}
        )
        transaction_id = begun[2]["transactionId"]
        values = [{"timestamp": NOON, "sampledValue": [READING, {"value": "5", "unit": HARM}]}]
        about = {"connectorId": 1, "transactionId": transaction_id, "meterValue": values}
        await liar.call("MeterValues", about)
        await liar.call(
            "StopTransaction",
            {
                "transactionId": transaction_id,
                "idTag": HARM,
                "meterStop": 9,
                "timestamp": HARM,
                "reason": HARM,
            },
        )
        await liar.call("DataTransfer", dict.fromkeys(("vendorId", "messageId", "data"), HARM))
        await liar.call("SecurityEventNotification", {"type": HARM, "timestamp": NOON, "techInfo": HARM})
        await liar.call("FirmwareStatusNotification", {"status": HARM})
        await liar.call("DiagnosticsStatusNotification", {"status": HARM})
        await liar.call(HARM, {HARM: HARM})
        await socket.send(HARM)
        await _while_asked(
            liar,
            "GetConfiguration",
            attacked,
            f"/charge-points/{quote(NAME, safe='')}/configuration/read",
            {},
        )
        jobs = f"/charge-points/{quote(NAME, safe='')}/file-jobs"
        await _while_asked(liar, "GetDiagnostics", attacked, jobs, {"kind": "diagnostics", "scheme": "http"})
        async with httpx.AsyncClient(verify=NO_TLS, timeout=60) as client:
            page = f"<script>window.harmed=1</script>{MARKUP}"
            left = await client.put(f"{liar.location}{quote(NAME, safe='')}.html", content=page.encode())
            left.raise_for_status()


async def _while_asked(liar: Liar, action: str, attacked: Attacked, path: str, body: Any) -> None:
    asked: Coroutine[Any, Any, Any] = asyncio.to_thread(attacked.api, "POST", path, body)
    request = asyncio.ensure_future(asked)
    await liar.answer_one(action)
    while not request.done():
        await liar.call("Heartbeat", {})
    await request

"""A lawful station amid a fuzz run: it must be served, and its transaction must be in the store."""

import asyncio
import json
from typing import Any

from chargeproof.simulator.ports import Dial, Wire
from chargeproof.store import Store

PATIENCE_S = 30.0
BOOT = {"chargePointVendor": "Lawful", "chargePointModel": "Probe"}


async def probe(charge_point_id: str, store: Store, dial: Dial) -> list[str]:
    """Boot, heartbeat, a whole transaction: what was wrong, a sentence each."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            wire = await dial(charge_point_id, ["ocpp1.6"])
            try:
                return await _session(wire, charge_point_id, store)
            finally:
                await wire.close()
    except TimeoutError:
        return [f"it was not served within {PATIENCE_S:g} s"]
    except OSError as error:
        return [f"it could not connect: {error}"]


async def _session(wire: Wire, charge_point_id: str, store: Store) -> list[str]:
    boot = await _call(wire, "BootNotification", BOOT)
    await _call(wire, "Heartbeat", {})
    begun: dict[str, Any] = {"connectorId": 1, "idTag": "PROBE", "meterStart": 100}
    start = await _call(wire, "StartTransaction", {**begun, "timestamp": boot.get("currentTime", "")})
    transaction_id = start.get("transactionId", 0)
    ended = {"transactionId": transaction_id, "meterStop": 200, "timestamp": boot.get("currentTime", "")}
    await _call(wire, "StopTransaction", ended)
    kept = await store.transaction(transaction_id)
    wrong = []
    if boot.get("status") != "Accepted":
        wrong.append(f"BootNotification was answered with {boot}")
    if not isinstance(transaction_id, int) or transaction_id <= 0:
        wrong.append(f"StartTransaction was answered with {start}")
    if kept is None or kept.charge_point_id != charge_point_id or kept.stop_received_at is None:
        wrong.append(f"transaction {transaction_id} is not whole in the store: {kept}")
    return wrong


async def _call(wire: Wire, action: str, payload: dict[str, Any]) -> dict[str, Any]:
    """The payload of the answer; of a CALLERROR, its elements under ``error``."""
    wire.send(json.dumps([2, f"probe-{action}", action, payload]))
    while (text := await wire.receive()) is not None:
        frame: list[Any] = json.loads(text)
        if frame[0] in (3, 4) and frame[1] == f"probe-{action}":
            answer = frame[2] if frame[0] == 3 else {"error": frame[2:]}
            return answer if isinstance(answer, dict) else {}
    return {"error": "the socket was closed"}

"""A central system written with the library `ocpp` and `websockets`, as its documentation shows.

It checks every message against the JSON schemas of the library, in the library's way (in threads, by default),
and stores nothing. It gets uvloop, which the documentation does not mention: without it, it is slower.
"""

import itertools
import sys
from datetime import UTC, datetime
from typing import Any

import uvloop
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from tests.peers.python.library import ChargePoint, call_result, on

HEARTBEAT_INTERVAL_S = 86_400
transaction_ids = itertools.count(1)


def now() -> str:
    return datetime.now(UTC).isoformat()


class Station(ChargePoint):
    """One connection."""

    @on("BootNotification")
    def on_boot_notification(self, **_: Any) -> Any:
        return call_result.BootNotification(
            current_time=now(), interval=HEARTBEAT_INTERVAL_S, status="Accepted"
        )

    @on("Heartbeat")
    def on_heartbeat(self) -> Any:
        return call_result.Heartbeat(current_time=now())

    @on("StartTransaction")
    def on_start_transaction(self, **_: Any) -> Any:
        return call_result.StartTransaction(
            transaction_id=next(transaction_ids), id_tag_info={"status": "Accepted"}
        )

    @on("StopTransaction")
    def on_stop_transaction(self, **_: Any) -> Any:
        return call_result.StopTransaction(id_tag_info={"status": "Accepted"})

    @on("MeterValues")
    def on_meter_values(self, **_: Any) -> Any:
        return call_result.MeterValues()

    @on("StatusNotification")
    def on_status_notification(self, **_: Any) -> Any:
        return call_result.StatusNotification()


async def connected(socket: ServerConnection) -> None:
    path = socket.request.path if socket.request is not None else ""
    await Station(path.rpartition("/")[2], socket).start()


async def main(port: int) -> None:
    subprotocols = [Subprotocol("ocpp1.6")]
    async with serve(
        connected, "127.0.0.1", port, subprotocols=subprotocols, compression=None, backlog=4096
    ) as server:
        await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))

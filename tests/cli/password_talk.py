"""A station that connects with a wrong and then with its right password."""

import asyncio
import base64

from chargeproof.bus import LocalBus
from chargeproof.central_system import CentralSystem
from chargeproof.central_system.server import OcppServer
from chargeproof.clock import LoopClock
from chargeproof.store import SqliteStore
from tests.central_system.raw_client import CLOSE, RawClient, request

PASSWORD = "correct-horse-battery"


def with_password(password: str) -> bytes:
    credentials = base64.b64encode(f"CP-1:{password}".encode()).decode()
    return request("/ocpp/CP-1", Authorization=f"Basic {credentials}")


async def talk() -> None:
    store = SqliteStore()
    central_system = CentralSystem(store=store, bus=LocalBus(), clock=LoopClock())
    await central_system.start()
    await central_system.set_password("CP-1", PASSWORD)
    server = OcppServer(central_system, host="127.0.0.1", port=0, on_refused=central_system.refused)
    await server.start()
    async with asyncio.timeout(60):
        for sent, status in ((f"{PASSWORD}!", 401), (PASSWORD, 101)):
            client = await RawClient.connect(server.port)
            client.write(with_password(sent))
            assert (await client.response())[0] == status
            if status == 101:
                client.send(CLOSE, b"\x03\xe8")
                await client.close_code()
            client.writer.close()
        await central_system.stop()
        await server.stop()
        await store.close()

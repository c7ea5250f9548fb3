"""Stations of a fleet come back whatever became of their connections."""

import asyncio

import pytest

from chargeproof.simulator.fleet import Fleet, FleetPlan
from chargeproof.simulator.fleet import fleet as dialling


def test_a_connection_that_ends_before_its_handshake_is_dialled_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dialling, "RETRY_S", 0.01)

    async def main() -> None:
        dials: asyncio.Queue[None] = asyncio.Queue()

        async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.close()
            dials.put_nowait(None)

        server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        fleet = Fleet(FleetPlan(url=f"ws://127.0.0.1:{port}/ocpp", count=1))
        coming = asyncio.create_task(fleet.connect())
        async with asyncio.timeout(60):
            for _ in range(3):
                await dials.get()
        coming.cancel()
        await fleet.leave()
        server.close()

    asyncio.run(main())

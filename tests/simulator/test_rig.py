import asyncio

import httpx
import pytest

from chargeproof.ocpp import ChargePointStatus, StartTransaction
from chargeproof.simulator.model import load_model
from chargeproof.simulator.ports import UnsupportedAct
from chargeproof.simulator.rig import RigServer, rig_app
from chargeproof.simulator.site import Hands
from chargeproof.testing.virtual_time import run_virtual
from tests.simulator.bench import Bench, bench

S = ChargePointStatus


async def ask(b: Bench, path: str) -> tuple[int, str]:
    transport = httpx.ASGITransport(app=rig_app(b.station))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://rig") as client:
        answer = await client.post(f"/api/v1/{path}")
        return answer.status_code, answer.json()["detail"]


def test_the_verbs_move_the_station() -> None:
    async def scene() -> None:
        async with bench() as b:
            assert await ask(b, "plugin?connector_id=1") == (200, "done")
            assert (await ask(b, "authorize?id=CARD-1&type=ISO14443&connector_id=1"))[0] == 200
            await b.central.wait_for(StartTransaction)
            assert (await ask(b, "plugout?connector_id=1"))[0] == 200
            await b.central.wait_for_status(1, S.AVAILABLE)
            assert (await ask(b, "state?faulted=true&connector_id=0"))[0] == 200
            await b.central.wait_for_status(0, S.FAULTED)
            assert (await ask(b, "state?faulted=false&connector_id=0"))[0] == 200
            await b.central.wait_for_status(0, S.AVAILABLE)
            assert (await ask(b, "parkingbay?occupied=true&connector_id=2"))[0] == 200
            await b.central.wait_for_status(2, S.PREPARING)
            assert (await ask(b, "reboot"))[0] == 200

    run_virtual(scene())


@pytest.mark.parametrize(
    ("path", "status", "detail"),
    [
        ("plugout?connector_id=1", 409, "no cable"),
        ("plugin?connector_id=7", 409, "no connector 7"),
        ("authorize?id=A&type=MIFARE&connector_id=1", 501, "ISO14443"),
        ("plugin?connector_id=one", 400, "connector_id"),
        ("state?faulted=perhaps&connector_id=1", 400, "faulted"),
        ("authorize?connector_id=1", 400, "idTag"),
        ("dance", 404, "plugin"),
    ],
)
def test_what_cannot_be_done_says_why(path: str, status: int, detail: str) -> None:
    async def scene() -> None:
        async with bench() as b:
            answer = await ask(b, path)
            assert answer[0] == status
            assert detail in answer[1]

    run_virtual(scene())


def test_a_station_without_bay_sensor_cannot_see_vehicles() -> None:
    async def scene() -> None:
        async with bench(load_model("ctek_cs_connected")) as b:
            assert (await ask(b, "parkingbay?occupied=true&connector_id=1"))[0] == 501

    run_virtual(scene())


def test_an_unknown_act_is_unsupported() -> None:
    async def scene() -> None:
        async with bench() as b:
            hands = Hands(b.station)
            assert "plug_in" in hands.acts
            with pytest.raises(UnsupportedAct, match="plug_in"):
                await hands.perform("dance", {})

    run_virtual(scene())


def test_the_rig_serves_on_a_port_of_its_own() -> None:
    async def scene() -> None:
        async with bench(booted=False) as b:
            rig = RigServer(b.station)
            await rig.start()
            try:
                async with httpx.AsyncClient(timeout=60) as client:
                    answer = await client.post(f"{rig.url}/api/v1/plugin?connector_id=1")
                assert answer.status_code == 200
                assert b.station.hardware.outlets[1].plugged
            finally:
                await rig.stop()

    asyncio.run(scene())

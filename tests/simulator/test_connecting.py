from itertools import pairwise

from chargeproof.ocpp import (
    BootNotification,
    ChargePointStatus,
    Heartbeat,
    StatusNotification,
)
from chargeproof.testing.virtual_time import run_virtual
from tests.simulator.bench import bench


def test_a_boot_is_followed_by_the_status_of_the_station_and_of_every_connector() -> None:
    async def scene() -> None:
        async with bench(booted=False) as b:
            await b.pass_time(10)
            first, *others = [one.request for one in b.central.received]
            assert isinstance(first, BootNotification)
            assert [one.connector_id for one in others if isinstance(one, StatusNotification)] == [0, 1, 2]
            assert {one.status for one in b.central.all(StatusNotification)} == {ChargePointStatus.AVAILABLE}
            assert b.central.offered == [("ocpp1.6",)]

    run_virtual(scene())


def test_the_heartbeat_comes_at_the_interval_of_the_boot_confirmation() -> None:
    async def scene() -> None:
        async with bench(interval_s=30) as b:
            await b.pass_time(125)
            times = b.central.times(Heartbeat)
            assert len(times) == 4
            assert all(29.9 < two - one < 30.1 for one, two in pairwise(times))

    run_virtual(scene())

"""Thousands of ids that nobody has ever heard of: memory, tables and the log stay small."""

import gc
import logging
import resource
from datetime import timedelta

import msgspec

from chargeproof.central_system.handshakes import OF_ADDRESS, OF_ALL
from chargeproof.ocpp import RegistrationStatus
from tests.central_system.bench import Bench, on_bench
from tests.central_system.raw_client import CLOSE, RawClient, request
from tests.hostile.intruder import STRANGER
from tests.survival.bench import run, serving

CROWD = 3000


@on_bench(require_credentials=True)
async def test_refusals_of_thousands_of_ids_are_counted_and_only_some_are_kept(bench: Bench) -> None:
    logged: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = logged.append  # type: ignore[method-assign,assignment]
    logging.getLogger("chargeproof").addHandler(handler)
    try:
        for number in range(CROWD):
            assert bench.admit(f"STRANGER-{number}").http_status == 401
    finally:
        logging.getLogger("chargeproof").removeHandler(handler)
    await bench.store.flush()
    assert sum(bench.central_system.tally.handshakes.values()) == CROWD
    assert len(await bench.store.handshakes(limit=CROWD)) <= OF_ADDRESS < OF_ALL
    assert len([each for each in logged if each.levelno >= logging.WARNING]) <= 1
    assert len(await bench.store.charge_points()) == 0
    assert (bench.central_system._known, bench.central_system._policies) == ({}, {})


@on_bench(require_credentials=True)
async def test_a_station_that_is_refused_meanwhile_elsewhere_is_still_told(bench: Bench) -> None:
    for number in range(OF_ADDRESS + 100):
        bench.admit(f"STRANGER-{number}")
    handshake = bench.handshake("CP-1", user="CP-1", password=b"wrong")
    bench.central_system.admit(msgspec.structs.replace(handshake, remote="10.0.0.5:1"))
    await bench.store.flush()
    assert (await bench.store.handshakes("CP-1"))[0].reason == "no password is kept for this charge point"


@on_bench(unknown_stations="pending")
async def test_thousands_that_boot_and_leave_leave_nothing_in_memory(bench: Bench) -> None:
    for number in range(500):
        station = bench.connect(f"STRANGER-{number}")
        assert (await station.boot(chargePointVendor="V" * 20))["status"] == RegistrationStatus.PENDING
        station.leave()
    assert (bench.central_system._known, bench.central_system._policies) == ({}, {})
    assert list(bench.central_system._registry) == []


@on_bench(unknown_stations="pending", credential_key=b"lasting")
async def test_strangers_that_nobody_let_in_are_forgotten_in_time(bench: Bench) -> None:
    for number in range(300):
        station = bench.connect(f"STRANGER-{number}")
        await station.boot()
        station.leave()
    await bench.central_system.admit_station("STRANGER-7", RegistrationStatus.ACCEPTED)
    await bench.central_system.set_password("STRANGER-8", "a password for it")
    await bench.central_system.security_of_stations.set_profile("STRANGER-9", 1)
    later = bench.clock.now() + timedelta(days=91)
    while await bench.store.prune(later):
        pass
    kept = {each.charge_point_id for each in await bench.store.charge_points()}
    assert kept == {"STRANGER-7", "STRANGER-8", "STRANGER-9"}


def test_connections_that_come_and_go_a_thousand_times_leave_no_memory_behind() -> None:
    async def main() -> None:
        async with serving(unknown_stations="pending") as node:
            await come_and_go(node.server.port, 300)
            gc.collect()
            before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            await come_and_go(node.server.port, 1000)
            assert node.central_system.connected_ids() == []
            assert node.server.connections <= 1
            assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb < 30_000

    run(main())


async def come_and_go(port: int, count: int) -> None:
    for number in range(count):
        client = await RawClient.connect(port, local_addr=(STRANGER, 0))
        client.write(request(f"/ocpp/STRANGER-{number}"))
        assert (await client.response())[0] == 101
        client.send(CLOSE, b"\x03\xe8")
        await client.close_code()

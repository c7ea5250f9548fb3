"""A new password over the wire: the reconnect proves it, and nothing locks the station out."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from chargeproof.central_system import CentralSystemSettings
from chargeproof.central_system.password_change import PasswordChange, PasswordChangeState, change_password
from chargeproof.errors import UsageError
from chargeproof.testing.virtual_time import run_virtual
from tests.central_system.bench import Bench, FakeStation, on_bench

OLD = b"old password"


async def beginning(bench: Bench) -> tuple[FakeStation, list[Any], "asyncio.Task[PasswordChange]"]:
    """A connected station, and the command that it was sent."""
    await bench.central_system.set_password("CP-1", OLD)
    station = bench.connect(user="CP-1", password=OLD)
    assert (await station.boot())["status"] == "Accepted"
    changing = asyncio.ensure_future(change_password(bench.central_system, "CP-1"))
    while not station.commands():
        await bench.pass_time(0.1)
    return station, station.commands()[0], changing


def new_password(command: list[Any]) -> bytes:
    assert (command[2], command[3]["key"]) == ("ChangeConfiguration", "AuthorizationKey")
    return str(command[3]["value"]).encode()


def comes(bench: Bench, password: bytes) -> bool:
    return bench.admit(user="CP-1", password=password).accepted


@on_bench(credential_key=b"lasting")
async def test_the_reconnect_with_the_new_one_ends_the_old_one(bench: Bench) -> None:
    station, command, changing = await beginning(bench)
    new = new_password(command)
    assert len(bytes.fromhex(new.decode())) == 20
    assert comes(bench, OLD)
    station.answer(command, {"status": "Accepted"})
    await bench.committed()
    station.leave()
    assert comes(bench, bytes.fromhex(new.decode()))  # some stations send the bytes
    assert (await changing).state is PasswordChangeState.PROVED
    assert not comes(bench, OLD)
    assert comes(bench, new)
    await bench.central_system.security_of_stations.settled()
    record = await bench.store.charge_point("CP-1")
    assert record is not None
    assert record.next_credential is None


@on_bench()
async def test_a_station_that_stays_is_made_to_connect_anew(bench: Bench) -> None:
    station, command, changing = await beginning(bench)
    station.answer(command, {"status": "Accepted"})
    await bench.pass_time(31)
    assert station.link.closes == [(1000, "connect again with the new password")]
    station.leave()
    assert comes(bench, new_password(command))
    assert (await changing).state is PasswordChangeState.PROVED


@pytest.mark.parametrize("status", ["Rejected", "NotSupported"])
def test_a_station_that_declines_keeps_the_old_one(status: str) -> None:
    async def main() -> None:
        bench = Bench(CentralSystemSettings())
        await bench.central_system.start()
        station, command, changing = await beginning(bench)
        station.answer(command, {"status": status})
        change = await changing
        assert (change.state, change.detail) == (
            PasswordChangeState.REJECTED,
            f"the station answered {status}",
        )
        assert comes(bench, OLD)
        assert not comes(bench, new_password(command))
        await bench.central_system.stop()
        await bench.store.close()

    run_virtual(main())


@on_bench()
async def test_without_an_answer_both_are_accepted_until_one_is_proved(bench: Bench) -> None:
    station, command, changing = await beginning(bench)
    station.leave()
    change = await changing
    assert change.state is PasswordChangeState.WAITING
    assert "both passwords are accepted" in change.detail
    assert comes(bench, OLD)
    assert comes(bench, new_password(command))
    assert not comes(bench, OLD)


@on_bench()
async def test_a_station_that_comes_back_with_the_old_one_is_not_locked_out(bench: Bench) -> None:
    station, command, changing = await beginning(bench)
    station.answer(command, {"status": "RebootRequired"})
    await bench.committed()
    station.leave()
    assert comes(bench, OLD)
    change = await changing
    assert change.state is PasswordChangeState.WAITING
    assert "came back without the new password" in change.detail
    assert comes(bench, new_password(command))


@on_bench()
async def test_a_first_password_can_be_given_over_the_wire(bench: Bench) -> None:
    station = await bench.booted()
    changing = asyncio.ensure_future(change_password(bench.central_system, "CP-1"))
    while not station.commands():
        await bench.pass_time(0.1)
    assert bench.admit().accepted
    station.answer(station.commands()[0], {"status": "Accepted"})
    await bench.committed()
    station.leave()
    assert comes(bench, new_password(station.commands()[0]))
    assert (await changing).state is PasswordChangeState.PROVED
    assert bench.admit().http_status == 401


@on_bench()
async def test_nothing_changes_for_a_station_that_is_not_there(bench: Bench) -> None:
    assert (await change_password(bench.central_system, "CP-1")).state is PasswordChangeState.NOT_SENT
    assert bench.central_system.security_of_stations.credentials.kept("CP-1") == (None, None)


@on_bench()
async def test_two_changes_at_once_are_one_too_many(bench: Bench) -> None:
    station, command, changing = await beginning(bench)
    with pytest.raises(UsageError, match="being changed already"):
        await change_password(bench.central_system, "CP-1")
    station.answer(command, {"status": "Rejected"})
    await changing


def test_a_crash_in_between_locks_nobody_out_and_the_password_is_nowhere_in_clear(tmp_path: Path) -> None:
    settings = CentralSystemSettings(credential_key=b"lasting")
    path = tmp_path / "store.db"

    async def first() -> bytes:
        bench = Bench(settings, path)
        await bench.central_system.start()
        station, command, changing = await beginning(bench)
        station.answer(command, {"status": "Accepted"})
        await bench.committed()
        changing.cancel()
        await bench.store.close()
        assert new_password(command).decode() not in json.dumps([repr(entry) for entry in bench.entries])
        return new_password(command)

    async def second(new: bytes) -> None:
        bench = Bench(settings, path)
        await bench.central_system.start()
        assert comes(bench, OLD)
        assert comes(bench, new)
        assert not comes(bench, OLD)
        await bench.central_system.stop()
        await bench.store.close()

    new = run_virtual(first())
    for file in tmp_path.iterdir():
        assert new not in file.read_bytes()
        assert bytes.fromhex(new.decode()) not in file.read_bytes()
    run_virtual(second(new))

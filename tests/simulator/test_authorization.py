from datetime import timedelta

import pytest

from chargeproof.ocpp import (
    AuthorizationData,
    AuthorizationStatus,
    Authorize,
    ClearCache,
    ClearCacheStatus,
    GetLocalListVersion,
    IdTagInfo,
    SendLocalList,
    StartTransaction,
    StopTransaction,
    UpdateStatus,
    UpdateType,
)
from chargeproof.testing.virtual_time import run_virtual
from tests.simulator.bench import ACCEPTED, INVALID, Bench, bench, lawful


def local_list(version: int, *tags: str, kind: UpdateType = UpdateType.FULL) -> SendLocalList:
    return SendLocalList(
        list_version=version,
        update_type=kind,
        local_authorization_list=[AuthorizationData(id_tag=tag, id_tag_info=ACCEPTED) for tag in tags],
    )


async def one_session(b: Bench, id_tag: str = "CARD-1") -> None:
    await b.charge(1, id_tag)
    await b.station.present_card(id_tag, 1)
    await b.central.wait_for(StopTransaction)
    await b.station.unplug(1)
    await b.pass_time(5)
    b.central.forget()


async def starts_offline(b: Bench, id_tag: str) -> bool:
    b.network.cut()
    await b.pass_time(1)
    await b.station.plug_in(1)
    await b.station.present_card(id_tag, 1)
    await b.pass_time(1)
    return b.station.transactions.any_running()


def test_a_cached_card_starts_without_asking_if_the_key_says_so_until_the_cache_is_cleared() -> None:
    async def scene() -> None:
        async with bench(lawful(LocalPreAuthorize="true")) as b:
            await one_session(b)
            await one_session(b)
            assert (await b.central.call(ClearCache())).status is ClearCacheStatus.ACCEPTED
            await b.charge(1)
            assert b.central.all(Authorize) == [Authorize(id_tag="CARD-1")]

    run_virtual(scene())


def test_without_local_pre_authorize_a_cached_card_is_asked_about() -> None:
    async def scene() -> None:
        async with bench() as b:
            await one_session(b)
            await b.charge(1)
            assert b.central.all(Authorize)

    run_virtual(scene())


def test_without_a_cache_there_is_nothing_to_clear() -> None:
    async def scene() -> None:
        async with bench(lawful(AuthorizationCacheEnabled="false")) as b:
            assert (await b.central.call(ClearCache())).status is ClearCacheStatus.REJECTED

    run_virtual(scene())


@pytest.mark.parametrize(
    ("keys", "id_tag", "starts"),
    [
        ({}, "KNOWN", True),
        ({}, "UNKNOWN", False),
        ({"LocalAuthorizeOffline": "false"}, "KNOWN", False),
        ({"AllowOfflineTxForUnknownId": "true"}, "UNKNOWN", True),
        ({"AllowOfflineTxForUnknownId": "true"}, "BLOCKED", False),
    ],
)
def test_who_may_charge_while_the_central_system_is_out_of_reach(
    keys: dict[str, str], id_tag: str, starts: bool
) -> None:
    async def scene() -> None:
        blocked = IdTagInfo(status=AuthorizationStatus.BLOCKED)
        async with bench(lawful(**keys), tags={"BLOCKED": blocked}) as b:
            await one_session(b, "KNOWN")
            await b.station.present_card("BLOCKED", 2)
            await b.pass_time(2)
            assert await starts_offline(b, id_tag) is starts

    run_virtual(scene())


def test_a_card_on_the_local_list_starts_offline_and_an_expired_one_does_not() -> None:
    async def scene() -> None:
        async with bench() as b:
            soon = IdTagInfo(status=AuthorizationStatus.ACCEPTED, expiry_date=b.at(30))
            entry = AuthorizationData(id_tag="CARD-1", id_tag_info=soon)
            request = SendLocalList(
                list_version=1, update_type=UpdateType.FULL, local_authorization_list=[entry]
            )
            assert (await b.central.call(request)).status is UpdateStatus.ACCEPTED
            assert await starts_offline(b, "card-1")  # idTags do not tell case apart
            await b.station.unplug(1)
            await b.pass_time(60)
            assert not await starts_offline(b, "CARD-1")

    run_virtual(scene())


def test_the_local_list_comes_before_the_cache() -> None:
    async def scene() -> None:
        async with bench() as b:
            await one_session(b, "CARD-1")
            entry = AuthorizationData(id_tag="CARD-1", id_tag_info=INVALID)
            await b.central.call(
                SendLocalList(list_version=1, update_type=UpdateType.FULL, local_authorization_list=[entry])
            )
            assert not await starts_offline(b, "CARD-1")

    run_virtual(scene())


def test_local_lists_are_replaced_amended_and_versioned() -> None:
    async def scene() -> None:
        async with bench(lawful(LocalAuthListMaxLength="3", SendLocalListMaxLength="3")) as b:
            assert (await b.central.call(GetLocalListVersion())).list_version == 0
            assert (await b.central.call(local_list(5, "A", "B"))).status == "Accepted"
            assert (await b.central.call(GetLocalListVersion())).list_version == 5
            older = local_list(5, "C", kind=UpdateType.DIFFERENTIAL)
            assert (await b.central.call(older)).status == "VersionMismatch"
            newer = local_list(6, "C", kind=UpdateType.DIFFERENTIAL)
            assert (await b.central.call(newer)).status == "Accepted"
            too_many = local_list(7, "D", kind=UpdateType.DIFFERENTIAL)
            assert (await b.central.call(too_many)).status == "Failed"
            removal = SendLocalList(
                list_version=8,
                update_type=UpdateType.DIFFERENTIAL,
                local_authorization_list=[AuthorizationData(id_tag="A")],
            )
            assert (await b.central.call(removal)).status == "Accepted"
            assert b.station.authorization.known("A") is None
            assert b.station.authorization.known("C") is not None
            assert (await b.central.call(local_list(9, "A", "B", "C", "D"))).status == "Failed"
            await b.station.cut_mains()
            await b.pass_time(20)
            assert (await b.central.call(GetLocalListVersion())).list_version == 8

    run_virtual(scene())


def test_a_station_without_lists_says_so() -> None:
    async def scene() -> None:
        async with bench(lawful(LocalAuthListEnabled="false")) as b:
            assert (await b.central.call(GetLocalListVersion())).list_version == -1
            assert (await b.central.call(local_list(1, "A"))).status == "NotSupported"

    run_virtual(scene())


def test_a_cache_entry_expires() -> None:
    async def scene() -> None:
        async with bench(lawful(LocalPreAuthorize="true")) as b:
            b.central.tags["CARD-1"] = IdTagInfo(
                status=AuthorizationStatus.ACCEPTED, expiry_date=b.at(0) + timedelta(hours=1)
            )
            await one_session(b)
            await b.pass_time(3600)
            await b.station.plug_in(1)
            await b.station.present_card("CARD-1", 1)
            await b.central.wait_for(Authorize)
            await b.central.wait_for(StartTransaction)

    run_virtual(scene())

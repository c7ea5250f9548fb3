import pytest

from chargeproof.ocpp import (
    AuthorizationStatus,
    AvailabilityType,
    CancelReservation,
    CancelReservationStatus,
    ChangeAvailability,
    ChargePointStatus,
    IdTagInfo,
    RemoteStartTransaction,
    ReservationStatus,
    ReserveNow,
    StartTransaction,
)
from chargeproof.testing.virtual_time import run_virtual
from tests.simulator.bench import Bench, bench, lawful

S = ChargePointStatus
R = ReservationStatus


async def reserve(
    b: Bench, connector_id: int, *, number: int = 1, for_s: float = 600, parent: str | None = None
) -> ReservationStatus:
    request = ReserveNow(
        connector_id=connector_id,
        expiry_date=b.at(for_s),
        id_tag="GUEST",
        reservation_id=number,
        parent_id_tag=parent,
    )
    return (await b.central.call(request)).status


async def show_card(b: Bench, id_tag: str, connector_id: int = 1) -> bool:
    await b.station.plug_in(connector_id)
    await b.station.present_card(id_tag, connector_id)
    await b.pass_time(2)
    return b.station.transactions.any_running()


def test_a_reserved_connector_serves_its_idtag_and_tells_the_reservation() -> None:
    async def scene() -> None:
        async with bench() as b:
            assert await reserve(b, 1, number=77) is R.ACCEPTED
            await b.central.wait_for_status(1, S.RESERVED)
            assert await show_card(b, "GUEST")
            assert b.central.all(StartTransaction)[0].reservation_id == 77

    run_virtual(scene())


def test_a_reserved_connector_turns_others_away() -> None:
    async def scene() -> None:
        async with bench() as b:
            await reserve(b, 1)
            assert not await show_card(b, "STRANGER")
            remote = await b.central.call(RemoteStartTransaction(id_tag="STRANGER", connector_id=1))
            assert remote.status == "Rejected"

    run_virtual(scene())


def test_the_parent_of_the_reservation_may_charge_too() -> None:
    async def scene() -> None:
        family = IdTagInfo(status=AuthorizationStatus.ACCEPTED, parent_id_tag="FAMILY")
        async with bench(tags={"SISTER": family}) as b:
            await reserve(b, 1, parent="FAMILY")
            assert await show_card(b, "SISTER")

    run_virtual(scene())


def test_a_reservation_expires() -> None:
    async def scene() -> None:
        async with bench() as b:
            await reserve(b, 1, for_s=100)
            await b.pass_time(110)
            assert b.central.statuses(1) == [S.RESERVED, S.AVAILABLE]
            assert await show_card(b, "STRANGER")

    run_virtual(scene())


def test_a_reservation_can_be_cancelled_once() -> None:
    async def scene() -> None:
        async with bench() as b:
            await reserve(b, 1, number=5)
            for expected in (CancelReservationStatus.ACCEPTED, CancelReservationStatus.REJECTED):
                answer = await b.central.call(CancelReservation(reservation_id=5))
                assert answer.status is expected
            await b.pass_time(1)
            assert b.central.statuses(1) == [S.RESERVED, S.AVAILABLE]

    run_virtual(scene())


def test_only_a_free_connector_can_be_reserved() -> None:
    async def scene() -> None:
        async with bench() as b:
            assert await reserve(b, 3) is R.REJECTED
            await b.station.provoke_error(1)
            assert await reserve(b, 1) is R.FAULTED
            await b.station.repair(1)
            await b.central.call(ChangeAvailability(connector_id=1, type=AvailabilityType.INOPERATIVE))
            assert await reserve(b, 1) is R.UNAVAILABLE
            await b.station.plug_in(2)
            assert await reserve(b, 2) is R.OCCUPIED

    run_virtual(scene())


def test_the_same_reservation_is_replaced_and_another_one_is_refused() -> None:
    async def scene() -> None:
        async with bench() as b:
            assert await reserve(b, 1, number=1, for_s=50) is R.ACCEPTED
            assert await reserve(b, 1, number=1, for_s=500) is R.ACCEPTED
            assert await reserve(b, 1, number=2) is R.OCCUPIED
            await b.pass_time(100)
            assert b.central.statuses(1) == [S.RESERVED]

    run_virtual(scene())


def test_a_reservation_of_any_connector_keeps_the_last_free_one() -> None:
    async def scene() -> None:
        async with bench() as b:
            assert await reserve(b, 0) is R.ACCEPTED
            assert await show_card(b, "STRANGER", 1)
            await b.station.plug_in(2)
            await b.station.present_card("OTHER", 2)
            await b.pass_time(2)
            assert b.station.connectors[2].transaction is None
            await b.station.present_card("GUEST", 2)
            await b.pass_time(2)
            assert b.central.all(StartTransaction)[-1].reservation_id == 1

    run_virtual(scene())


def test_zero_is_rejected_where_the_key_says_so() -> None:
    async def scene() -> None:
        async with bench(lawful(ReserveConnectorZeroSupported="false")) as b:
            assert await reserve(b, 0) is R.REJECTED

    run_virtual(scene())


@pytest.mark.parametrize(("for_s", "expected"), [(1000, S.RESERVED), (20, S.AVAILABLE)])
def test_a_reservation_survives_a_power_cut_but_not_its_date(for_s: float, expected: S) -> None:
    async def scene() -> None:
        async with bench() as b:
            await reserve(b, 1, for_s=for_s)
            b.central.forget()
            await b.station.cut_mains(60)
            await b.pass_time(20)
            assert b.central.statuses(1)[-1] is expected

    run_virtual(scene())

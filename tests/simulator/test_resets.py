import msgspec
import pytest

from chargeproof.ocpp import (
    BootNotification,
    ChargePointStatus,
    DataTransfer,
    DataTransferStatus,
    MessageTrigger,
    MeterValues,
    Reason,
    Reset,
    ResetStatus,
    ResetType,
    StatusNotification,
    StopTransaction,
    TriggerMessage,
    TriggerMessageStatus,
)
from chargeproof.ocpp.enums import DiagnosticsStatus, FirmwareStatus
from chargeproof.ocpp.firmware_management import (
    DiagnosticsStatusNotification,
    FirmwareStatusNotification,
)
from chargeproof.simulator.model import StationModel
from chargeproof.testing.virtual_time import run_virtual
from tests.simulator.bench import Bench, CallErrorAnswer, bench, lawful


@pytest.mark.parametrize(("kind", "away_s"), [(ResetType.HARD, 20), (ResetType.SOFT, 8)])
def test_a_reset_disconnects_boots_and_reports(kind: ResetType, away_s: float) -> None:
    async def scene() -> None:
        async with bench() as b:
            assert (await b.central.call(Reset(type=kind))).status is ResetStatus.ACCEPTED
            await b.pass_time(60)
            (closed,) = b.central.closings
            (booted,) = b.central.times(BootNotification)
            assert away_s - 0.1 < booted - closed[0] < away_s + 1
            assert closed[2] == "charge_point"
            assert isinstance(b.central.received[0].request, BootNotification)
            assert {one.connector_id for one in b.central.all(StatusNotification)} == {0, 1, 2}

    run_virtual(scene())


@pytest.mark.parametrize(
    ("kind", "reason"), [(ResetType.HARD, Reason.HARD_RESET), (ResetType.SOFT, Reason.SOFT_RESET)]
)
def test_a_reset_stops_the_running_transaction_before(kind: ResetType, reason: Reason) -> None:
    async def scene() -> None:
        async with bench() as b:
            transaction_id = await b.charge(1)
            b.central.forget()
            await b.central.call(Reset(type=kind))
            await b.pass_time(60)
            (stop,) = b.central.all(StopTransaction)
            assert (stop.transaction_id, stop.reason) == (transaction_id, reason)
            assert b.central.times(StopTransaction)[0] < b.central.closings[0][0]
            assert b.central.statuses(1)[-1] is ChargePointStatus.PREPARING  # the cable is still in

    run_virtual(scene())


def test_a_power_cut_brings_a_boot_and_all_statuses() -> None:
    async def scene() -> None:
        async with bench() as b:
            await b.station.cut_mains(30)
            await b.pass_time(20)
            assert len(b.central.all(BootNotification)) == 1
            assert len(b.central.all(StatusNotification)) == 3

    run_virtual(scene())


def test_data_transfer_of_an_unknown_vendor_is_refused() -> None:
    async def scene() -> None:
        async with bench() as b:
            answer = await b.central.call(DataTransfer(vendor_id="somebody"))
            assert answer.status is DataTransferStatus.UNKNOWN_VENDOR_ID

    run_virtual(scene())


def sent_first(b: Bench) -> bool:
    """Whether the answer to the last call of the central system left before everything that followed."""
    lines = [line for _, line in b.station.hardware.message_log]
    asked = max(place for place, line in enumerate(lines) if line.startswith("< [2"))
    return lines[asked + 1].startswith("> [3")


async def trigger(
    kind: MessageTrigger, connector_id: int | None, model: StationModel | None = None
) -> list[str]:
    """The answer, then each message that follows: its action and its connector."""
    async with bench(model) as b:
        request = TriggerMessage(requested_message=kind, connector_id=connector_id)
        heard: list[str] = [(await b.central.call(request)).status.value]
        await b.pass_time(2)
        assert sent_first(b)
        for one in b.central.received:
            heard.append(f"{one.request.action} {getattr(one.request, 'connector_id', '')}".strip())
        return heard


@pytest.mark.parametrize(
    ("kind", "connector_id", "expected"),
    [
        ("BootNotification", None, ["Rejected"]),
        ("Heartbeat", None, ["Accepted", "Heartbeat"]),
        ("Heartbeat", 1, ["Accepted", "Heartbeat"]),
        ("StatusNotification", None, ["Accepted", *(f"StatusNotification {one}" for one in (0, 1, 2))]),
        ("StatusNotification", 0, ["Accepted", "StatusNotification 0"]),
        ("StatusNotification", 2, ["Accepted", "StatusNotification 2"]),
        ("StatusNotification", 3, ["Rejected"]),
        ("MeterValues", None, ["Accepted", "MeterValues 1", "MeterValues 2"]),
        ("MeterValues", 1, ["Accepted", "MeterValues 1"]),
        ("MeterValues", 9, ["Rejected"]),
        ("FirmwareStatusNotification", None, ["Accepted", "FirmwareStatusNotification"]),
        ("DiagnosticsStatusNotification", None, ["Accepted", "DiagnosticsStatusNotification"]),
    ],
)
def test_a_trigger_is_answered_and_then_obeyed(
    kind: str, connector_id: int | None, expected: list[str]
) -> None:
    assert run_virtual(trigger(MessageTrigger(kind), connector_id)) == expected


def test_triggered_progress_is_idle_when_nothing_is_under_way() -> None:
    async def scene() -> None:
        async with bench() as b:
            for kind in (
                MessageTrigger.FIRMWARE_STATUS_NOTIFICATION,
                MessageTrigger.DIAGNOSTICS_STATUS_NOTIFICATION,
            ):
                answer = await b.central.call(TriggerMessage(requested_message=kind))
                assert answer.status is TriggerMessageStatus.ACCEPTED
            firmware = await b.central.wait_for(FirmwareStatusNotification)
            diagnostics = await b.central.wait_for(DiagnosticsStatusNotification)
            assert firmware.status is FirmwareStatus.IDLE
            assert diagnostics.status is DiagnosticsStatus.IDLE

    run_virtual(scene())


def test_triggered_meter_values_have_something_to_tell_even_without_a_sampled_list() -> None:
    async def scene() -> None:
        async with bench(lawful(MeterValuesSampledData="")) as b:
            await b.central.call(
                TriggerMessage(requested_message=MessageTrigger.METER_VALUES, connector_id=2)
            )
            values = await b.central.wait_for(MeterValues)
            assert values.transaction_id is None
            assert values.meter_value[0].sampled_value

    run_virtual(scene())


def test_a_feature_profile_that_the_model_lacks_is_not_implemented() -> None:

    async def scene() -> None:
        async with bench(msgspec.structs.replace(lawful(), feature_profiles=("Core",))) as b:
            with pytest.raises(CallErrorAnswer, match="NotImplemented"):
                await b.central.call(TriggerMessage(requested_message=MessageTrigger.HEARTBEAT))

    run_virtual(scene())

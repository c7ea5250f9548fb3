"""Known deviations in what a station sends: it is answered, kept as it came, and the script goes on."""

from typing import Any

import pytest

from tests.survival.bench import MODEL, NOON, RoughStation, with_booted_station

SAMPLE = {"value": "5", "measurand": "Energy.Active.Import.Register", "unit": "Wh"}


def values(meter_value: Any, **fields: Any) -> dict[str, Any]:
    return {"connectorId": 1, "meterValue": meter_value, **fields}


def sample(**fields: Any) -> dict[str, Any]:
    return values([{"timestamp": NOON, "sampledValue": [{**SAMPLE, **fields}]}])


def status(**fields: Any) -> dict[str, Any]:
    return {"connectorId": 1, "errorCode": "NoError", "status": "Available", **fields}


ANSWERED: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("L-06 vendor empty", "BootNotification", {**MODEL, "chargePointVendor": ""}),
    ("L-06 iccid empty", "BootNotification", {**MODEL, "iccid": "", "imsi": ""}),
    ("L-06 iccid a signal strength", "BootNotification", {**MODEL, "iccid": "-67"}),
    ("L-06 vendor missing", "BootNotification", {"chargePointModel": "Model"}),
    ("L-08 no zone", "StatusNotification", status(timestamp="2026-01-01T12:00:00")),
    ("L-08 half a zone", "StatusNotification", status(timestamp="2026-01-01T12:00:00+02")),
    ("L-08 year 1970", "StatusNotification", status(timestamp="1970-01-01T00:00:07Z")),
    ("L-08 year 1", "StatusNotification", status(timestamp="0001-01-01T00:00:00Z")),
    ("L-13 an object for a list", "MeterValues", values({"timestamp": NOON, "sampledValue": [SAMPLE]})),
    ("L-13 no samples", "MeterValues", values([{"timestamp": NOON, "sampledValue": []}])),
    ("L-13 no meter values", "MeterValues", values([])),
    ("L-13 empty value", "MeterValues", sample(value="")),
    ("L-13 a number", "MeterValues", sample(value=5.5)),
    ("L-14 Hz", "MeterValues", sample(measurand="Frequency", unit="Hz")),
    ("L-14 Celsius", "MeterValues", sample(measurand="Temperature", unit="Celsius")),
    ("L-14 Celcius", "MeterValues", sample(measurand="Temperature", unit="Celcius")),
    ("L-14 unknown context", "MeterValues", sample(context="Sample.Random")),
    ("L-15 unknown error", "StatusNotification", status(errorCode="Error")),
    ("L-15 info null", "StatusNotification", status(info="null")),
    ("L-15 zeroes", "StatusNotification", status(vendorErrorCode="0x0000")),
    ("L-16 meter values of 0", "MeterValues", {**sample(), "transactionId": 0}),
    ("L-16 meter values of -1", "MeterValues", {**sample(), "transactionId": -1}),
    ("L-16 meter values of nobody", "MeterValues", {**sample(), "transactionId": 2**31}),
    ("L-28 Available twice", "StatusNotification", status()),
    ("L-28 connector that is not there", "StatusNotification", status(connectorId=99)),
    ("L-29 Installed at once", "FirmwareStatusNotification", {"status": "Installed"}),
    ("L-29 an upload nobody asked for", "DiagnosticsStatusNotification", {"status": "UploadFailed"}),
)


@pytest.mark.parametrize(("action", "payload"), [pytest.param(a, p, id=name) for name, a, p in ANSWERED])
def test_a_deviating_message_is_answered_and_kept(action: str, payload: dict[str, Any]) -> None:
    async def scenario(station: RoughStation) -> None:
        await station.confirmed(action, payload)
        newest = (await station.exchanges())[0]
        assert (newest.action, newest.outcome) == (action, "answered")
        for text in _texts(payload):
            assert text in (newest.request_text or "")

    with_booted_station(scenario)


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in _texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    return [value] if isinstance(value, str) else []


TIMES: tuple[Any, ...] = (
    None,
    "",
    "2026-01-01T12:00:00",
    "2026-01-01T12:00:00+02",
    "1970-01-01T00:00:00Z",
    1767225600,
    {},
)


@pytest.mark.parametrize("time", TIMES)
def test_a_transaction_with_an_odd_time_is_whole_in_the_store(time: Any) -> None:
    """L-08."""

    async def scenario(station: RoughStation) -> None:
        transaction_id = (await station.start(timestamp=time))["transactionId"]
        assert transaction_id > 0
        await station.stop(transaction_id, timestamp=time)
        kept = await station.node.store.transaction(transaction_id)
        assert kept is not None
        assert kept.stop_received_at is not None
        assert kept.started_text == (None if time is None else str(time))

    with_booted_station(scenario)


@pytest.mark.parametrize("transaction_id", [0, -1, -7, 424242, None, "1", 2**63, "no number"])
def test_a_stop_under_an_odd_id_is_confirmed(transaction_id: Any) -> None:
    """L-16, L-30: a CALLERROR would be asked for again without end."""

    async def scenario(station: RoughStation) -> None:
        await station.stop(transaction_id)
        await station.stop(transaction_id, idTag="CARD", reason="Local")
        assert len(await station.node.store.stops(station.charge_point_id)) == 2

    with_booted_station(scenario)


def test_a_register_that_goes_back_is_taken_as_it_is() -> None:
    """L-18."""

    async def scenario(station: RoughStation) -> None:
        transaction_id = (await station.start(meterStart=5000))["transactionId"]
        await station.stop(transaction_id, meterStop=3)
        kept = await station.node.store.transaction(transaction_id)
        assert kept is not None
        assert (kept.meter_start_wh, kept.meter_stop_wh) == (5000, 3)

    with_booted_station(scenario)


def test_values_after_the_stop_are_kept_with_their_transaction() -> None:
    """L-19."""

    async def scenario(station: RoughStation) -> None:
        transaction_id = (await station.start())["transactionId"]
        await station.stop(transaction_id)
        assert await station.confirmed("MeterValues", {**sample(), "transactionId": transaction_id}) == {}
        await station.node.store.flush()
        assert await station.node.store.meter_values(station.charge_point_id, transaction_id)

    with_booted_station(scenario)


def test_the_same_start_again_gets_the_same_transaction() -> None:
    """L-27: with a new id and with the same one."""

    async def scenario(station: RoughStation) -> None:
        first = await station.start()
        assert await station.start() == first
        assert len(await station.node.store.transactions(station.charge_point_id)) == 1
        for _ in range(3):
            await station.stop(first["transactionId"])
        assert len(await station.node.store.transactions(station.charge_point_id, open_only=True)) == 0

    with_booted_station(scenario)


def test_a_flood_of_progress_is_answered_to_the_last() -> None:
    """L-29."""

    async def scenario(station: RoughStation) -> None:
        for number in range(300):
            station.say(f'[2,"flood-{number}","DiagnosticsStatusNotification",{{"status":"Uploading"}}]')
        for number in range(300):
            assert (await station.heard())[:2] == [3, f"flood-{number}"]

    with_booted_station(scenario)


def test_a_message_that_is_refused_is_refused_each_time() -> None:
    """L-32: whoever asks without end gets the same answer without end, and no harm is done."""

    async def scenario(station: RoughStation) -> None:
        answers = {str((await station.call("FirmwareLog", {}))[2:4]) for _ in range(50)}
        assert len(answers) == 1

    with_booted_station(scenario)


def test_a_boot_again_and_again_is_answered_each_time() -> None:
    """L-32, L-06."""

    async def scenario(station: RoughStation) -> None:
        for _ in range(50):
            assert (await station.confirmed("BootNotification", MODEL))["status"] == "Accepted"

    with_booted_station(scenario)

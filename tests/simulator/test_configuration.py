from pathlib import Path

import pytest

from chargeproof.errors import UsageError
from chargeproof.ocpp import (
    ChangeConfiguration,
    ConfigurationStatus,
    ErrorCode,
    GetConfiguration,
    Reset,
    ResetType,
)
from chargeproof.simulator.memory import FileMemory
from chargeproof.simulator.model import KeyModel, StationModel, load_model, shipped_models
from chargeproof.testing.virtual_time import run_virtual
from tests.simulator.bench import CallErrorAnswer, bench, lawful

CORE = [
    "AuthorizeRemoteTxRequests",
    "ClockAlignedDataInterval",
    "ConnectionTimeOut",
    "ConnectorPhaseRotation",
    "GetConfigurationMaxKeys",
    "HeartbeatInterval",
    "LocalAuthorizeOffline",
    "LocalPreAuthorize",
    "MeterValuesAlignedData",
    "MeterValuesSampledData",
    "MeterValueSampleInterval",
    "NumberOfConnectors",
    "ResetRetries",
    "StopTransactionOnEVSideDisconnect",
    "StopTransactionOnInvalidId",
    "StopTxnAlignedData",
    "StopTxnSampledData",
    "SupportedFeatureProfiles",
    "TransactionMessageAttempts",
    "TransactionMessageRetryInterval",
    "UnlockConnectorOnEVSideDisconnect",
    "LocalAuthListEnabled",
    "LocalAuthListMaxLength",
    "SendLocalListMaxLength",
    "ChargeProfileMaxStackLevel",
    "ChargingScheduleAllowedChargingRateUnit",
    "ChargingScheduleMaxPeriods",
    "MaxChargingProfilesInstalled",
]


@pytest.mark.parametrize("name", ["lawful", "ctek_cs_connected"])
def test_a_shipped_model_has_every_required_key_and_valid_values(name: str) -> None:
    async def scene() -> None:
        async with bench(load_model(name)) as b:
            keys = (await b.central.call(GetConfiguration())).configuration_key
            assert keys is not None
            names = [one.key for one in keys]
            assert set(CORE) <= set(names)
            assert len(set(map(str.lower, names))) == len(names)
            assert "AuthorizationKey" not in names
            for one in keys:
                assert one.value is not None
                if not one.readonly:
                    status = await b.central.set_key(one.key, one.value)
                    assert status in {ConfigurationStatus.ACCEPTED, ConfigurationStatus.REBOOT_REQUIRED}, one

    run_virtual(scene())


def test_the_station_of_the_document_answers_178_keys() -> None:
    async def scene() -> None:
        async with bench(load_model("ctek_cs_connected")) as b:
            keys = (await b.central.call(GetConfiguration())).configuration_key
            assert keys is not None
            assert len(keys) == 178

    run_virtual(scene())


def test_keys_are_answered_by_name_and_unknown_ones_are_named() -> None:
    async def scene() -> None:
        async with bench() as b:
            answer = await b.central.call(GetConfiguration(key=["heartbeatinterval", "Nonsense"]))
            assert answer.configuration_key is not None
            assert [one.key for one in answer.configuration_key] == ["HeartbeatInterval"]
            assert answer.unknown_key == ["Nonsense"]

    run_virtual(scene())


def test_more_keys_than_the_limit_are_refused() -> None:
    async def scene() -> None:
        async with bench() as b:
            with pytest.raises(CallErrorAnswer, match=ErrorCode.OCCURENCE_CONSTRAINT_VIOLATION):
                await b.central.call(GetConfiguration(key=["HeartbeatInterval"] * 51))

    run_virtual(scene())


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("HeartbeatInterval", "60", "Accepted"),
        ("HEARTBEATINTERVAL", "60", "Accepted"),
        ("HeartbeatInterval", "soon", "Rejected"),
        ("HeartbeatInterval", "-1", "Rejected"),
        ("HeartbeatInterval", "1.5", "Rejected"),
        ("LightIntensity", "101", "Rejected"),
        ("LocalPreAuthorize", "TRUE", "Accepted"),
        ("LocalPreAuthorize", "yes", "Rejected"),
        ("NumberOfConnectors", "2", "Rejected"),
        ("AuthorizationKey", "0123456789abcdef", "Accepted"),
        ("AuthorizationKey", "0" * 41, "Rejected"),
        ("Nonsense", "1", "NotSupported"),
    ],
)
def test_a_change_is_judged_by_key_type_and_limit(key: str, value: str, expected: str) -> None:
    async def scene() -> None:
        async with bench() as b:
            assert await b.central.set_key(key, value) == expected

    run_virtual(scene())


def test_a_rejected_value_changes_nothing_and_an_accepted_one_survives_a_reboot() -> None:
    async def scene() -> None:
        async with bench(interval_s=0) as b:
            await b.central.set_key("HeartbeatInterval", "77")
            await b.central.set_key("HeartbeatInterval", "nonsense")
            await b.central.call(Reset(type=ResetType.HARD))
            await b.pass_time(60)
            answer = await b.central.call(GetConfiguration(key=["HeartbeatInterval"]))
            assert answer.configuration_key is not None
            assert answer.configuration_key[0].value == "77"

    run_virtual(scene())


def test_a_key_that_needs_a_reboot_works_after_it() -> None:
    async def scene() -> None:
        model = lawful().with_key("ConnectionTimeOut", reboot=True)
        async with bench(model) as b:
            assert await b.central.set_key("ConnectionTimeOut", "20") == "RebootRequired"
            shown = b.station.configuration.shown("ConnectionTimeOut")
            assert shown is not None
            assert shown.value == "20"
            assert b.station.connection_timeout_s() == 60
            await b.central.call(Reset(type=ResetType.SOFT))
            await b.pass_time(60)
            assert b.station.connection_timeout_s() == 20

    run_virtual(scene())


def test_a_write_only_key_is_neither_shown_nor_written_into_the_log() -> None:
    async def scene() -> None:
        async with bench() as b:
            secret = "do-not-tell-anybody"
            await b.central.call(ChangeConfiguration(key="AuthorizationKey", value=secret))
            answer = await b.central.call(GetConfiguration(key=["AuthorizationKey"]))
            assert answer.unknown_key == ["AuthorizationKey"]
            assert b.station.configuration.text("AuthorizationKey") == secret
            assert secret not in b.station.diagnostics.content(None, None)

    run_virtual(scene())


def test_all_shipped_models_load() -> None:
    assert set(shipped_models()) >= {"lawful", "ctek_cs_connected"}
    document = load_model("ctek_cs_connected")
    assert (document.vendor, document.model) == ("CTEK", "CS Connected")
    assert document.firmware_version == "ccu_R3.10.6-0-g732f"
    assert document.iccid is None
    assert document.network == "LAN"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("vendor = 'A'\n", "model"),
        ("vendor = 'A'\nmodel = 'B'\nconectors = 2\n", "conectors"),
        ("vendor = 'A'\nmodel = 'B'\nconnectors = 0\n", "connectors"),
        ("vendor = 'A'\nmodel = 'B'\n[keys]\nA = { type = 'float' }\n", "float"),
        ("vendor = \n", "TOML|Invalid"),
    ],
)
def test_a_wrong_model_is_told_what_is_wrong(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=complaint) as raised:
        load_model(path)
    assert "mine.toml" in str(raised.value)


def test_a_model_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(UsageError, match="lawful"):
        load_model("nowhere.toml")


def test_a_model_of_ones_own_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        "vendor = 'A'\nmodel = 'B'\n[keys]\nHeartbeatInterval = { value = '60', type = 'integer' }\n"
    )
    assert load_model(path) == StationModel(
        vendor="A", model="B", keys={"HeartbeatInterval": KeyModel(value="60", type="integer")}
    )


def test_memory_in_a_file_is_there_again(tmp_path: Path) -> None:
    path = tmp_path / "memory.json"
    memory = FileMemory(path)
    memory["a"] = {"b": [1, 2]}
    memory["c"] = "d"
    del memory["c"]
    assert dict(FileMemory(path)) == {"a": {"b": [1, 2]}}


@pytest.mark.parametrize("text", ["[]", "{"])
def test_a_file_that_is_no_memory_is_an_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "memory.json"
    path.write_text(text)
    with pytest.raises(UsageError, match="memory"):
        FileMemory(path)


def test_what_was_taken_out_of_memory_can_be_changed_without_changing_memory() -> None:
    memory = lawful().keys
    assert memory["HeartbeatInterval"].type == "integer"

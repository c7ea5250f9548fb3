"""AuthorizationKey and SecurityProfile: what is accepted, what is shown at the next dial, and the way back."""

import pytest

from chargeproof.ocpp import ConfigurationStatus, GetConfiguration, ResetType
from chargeproof.ocpp.core import Reset
from chargeproof.ocpp.security import SecurityEventNotification
from chargeproof.ocpp.security_enums import SecurityEvent
from chargeproof.simulator.memory import Memory
from chargeproof.simulator.model import SecurityModel
from chargeproof.simulator.ports import DialCredentials, DialRefused, TlsRefused, Wire
from chargeproof.testing.virtual_time import run_virtual
from tests.simulator.bench import Bench, bench
from tests.simulator.certificates_for_tests import root
from tests.simulator.security_bench import KEY, OTHER_KEY, dialled, events, secure

ACCEPTED, REJECTED = ConfigurationStatus.ACCEPTED, ConfigurationStatus.REJECTED


def refuse(
    b: Bench, refusal: Exception, *, profile: int | None = None, password: bytes | None = None
) -> None:
    """From now on dials of that profile, or with that password, fail so."""
    network = b.network
    dial = b.station.dial

    async def refusing(
        charge_point_id: str, subprotocols: "object", credentials: DialCredentials | None = None
    ) -> Wire:
        assert credentials is not None
        if credentials.profile == profile or (password and credentials.password == password):
            network.credentials.append(credentials)
            raise refusal
        return await dial(charge_point_id, subprotocols, credentials)  # type: ignore[arg-type]

    b.station.dial = refusing


@pytest.mark.parametrize(
    "value", ["", "0011", "x" * 32, KEY[:-2], KEY[:-1], OTHER_KEY + "00", "00112233 445566778899aabbccddeeff"]
)
def test_a_password_that_is_no_hexadecimal_text_of_16_to_20_bytes_is_rejected(value: str) -> None:
    async def scene() -> None:
        async with bench(secure()) as b:
            assert await b.central.set_key("AuthorizationKey", value) is REJECTED
            await b.pass_time(30)
            assert len(b.network.dials) == 1

    run_virtual(scene())


@pytest.mark.parametrize("form", ["bytes", "text"])
def test_a_new_password_is_shown_at_the_reconnect_that_follows_and_never_read_back(form: str) -> None:
    async def scene() -> None:
        security = SecurityModel(key_form="text" if form == "text" else "bytes")
        memory = Memory()
        async with bench(secure(security, SecurityProfile="1", AuthorizationKey=KEY), memory=memory) as b:
            assert await b.central.set_key("authorizationkey", OTHER_KEY) is ACCEPTED
            await b.pass_time(10)
            sent = [one.password for one in dialled(b)]
            plain = [KEY.encode(), OTHER_KEY.encode()]
            assert sent == (plain if form == "text" else [bytes.fromhex(KEY), bytes.fromhex(OTHER_KEY)])
            everything = await b.central.call(GetConfiguration())
            assert all(one.key != "AuthorizationKey" for one in everything.configuration_key or [])
            asked = await b.central.call(GetConfiguration(key=["AuthorizationKey"]))
            assert asked.unknown_key == ["AuthorizationKey"]
            assert "ReconfigurationOfSecurityParameters" in events(b)
            log = b.station.diagnostics.content(None, None)
            assert OTHER_KEY not in log
            await b.station.cut_mains()
            await b.pass_time(20)
            assert dialled(b)[-1].password == sent[-1]

    run_virtual(scene())


def test_a_password_that_lets_nobody_in_is_given_up() -> None:
    async def scene() -> None:
        async with bench(secure(SecurityProfile="1", AuthorizationKey=KEY)) as b:
            refuse(b, DialRefused(401), password=bytes.fromhex(OTHER_KEY))
            assert await b.central.set_key("AuthorizationKey", OTHER_KEY) is ACCEPTED
            await b.pass_time(60)
            tried = [one.password for one in dialled(b)]
            assert tried == [bytes.fromhex(one) for one in (KEY, OTHER_KEY, OTHER_KEY, OTHER_KEY, KEY)]
            assert events(b).count("FailedToAuthenticateAtCentralSystem") == 3
            assert b.station.configuration.text("AuthorizationKey") == KEY

    run_virtual(scene())


def test_a_profile_is_raised_and_never_lowered() -> None:
    async def scene() -> None:
        async with bench(secure(AuthorizationKey=KEY)) as b:
            assert await b.central.set_key("SecurityProfile", "1") is ACCEPTED
            await b.pass_time(10)
            assert await b.central.set_key("SecurityProfile", "2") is ACCEPTED
            await b.pass_time(10)
            for lower in ("1", "0", "4", "-1", "two", ""):
                assert await b.central.set_key("SecurityProfile", lower) is REJECTED
            assert await b.central.set_key("SecurityProfile", "2") is REJECTED  # W§ A05.FR.01
            await b.pass_time(30)
            assert [one.profile for one in dialled(b)] == [0, 1, 2]
            assert dialled(b)[2].roots_pem == (root().pem,)

    run_virtual(scene())


@pytest.mark.parametrize(
    ("profile", "keys", "security"),
    [
        ("1", {}, None),
        ("2", {}, None),
        ("2", {"AuthorizationKey": KEY}, SecurityModel()),
        ("3", {"AuthorizationKey": KEY}, None),
    ],
)
def test_a_profile_without_what_it_needs_is_rejected(
    profile: str, keys: dict[str, str], security: SecurityModel | None
) -> None:
    async def scene() -> None:
        async with bench(secure(security, **keys)) as b:
            assert await b.central.set_key("SecurityProfile", profile) is REJECTED

    run_virtual(scene())


def test_a_profile_that_leads_to_no_connection_is_given_up_and_told() -> None:
    async def scene() -> None:
        async with bench(secure(SecurityProfile="1", AuthorizationKey=KEY)) as b:
            wrong = TlsRefused("self-signed", SecurityEvent.INVALID_CENTRAL_SYSTEM_CERTIFICATE)
            refuse(b, wrong, profile=2)
            assert await b.central.set_key("SecurityProfile", "2") is ACCEPTED
            await b.pass_time(60)
            assert [one.profile for one in dialled(b)] == [1, 2, 2, 2, 1]
            assert b.station.online
            assert events(b).count("InvalidCentralSystemCertificate") == 3
            assert b.station.configuration.text("SecurityProfile") == "1"
            b.network.reset()
            await b.pass_time(20)
            assert dialled(b)[-1].profile == 1

    run_virtual(scene())


def test_a_power_cut_in_the_middle_of_a_trial_does_not_end_it() -> None:
    async def scene() -> None:
        memory = Memory()
        async with bench(secure(SecurityProfile="1", AuthorizationKey=KEY), memory=memory) as b:
            refuse(b, OSError("no TLS here"), profile=2)
            await b.central.set_key("SecurityProfile", "2")
            await b.pass_time(2)
            await b.station.cut_mains()
            await b.pass_time(60)
            assert dialled(b)[-1].profile == 1
            assert b.station.online

    run_virtual(scene())


def test_boots_resets_and_clock_changes_are_security_events() -> None:
    async def scene() -> None:
        async with bench(secure(), booted=False) as b:
            started = await b.central.wait_for(SecurityEventNotification)
            assert started.type == "StartupOfTheDevice"
            await b.pass_time(1)
            b.central.forget()
            await b.central.call(Reset(type=ResetType.SOFT))
            await b.pass_time(60)
            assert events(b) == ["ResetOrReboot", "StartupOfTheDevice"]
            b.station.offset_s = 3600
            b.central.forget()
            b.station.synchronize_clock(b.clock.now())
            await b.pass_time(1)
            assert events(b) == ["SettingSystemTime"]

    run_virtual(scene())


def test_an_event_of_an_outage_is_told_after_it_also_over_a_power_cut() -> None:
    async def scene() -> None:
        async with bench(secure(), memory=Memory()) as b:
            b.network.cut()
            await b.pass_time(5)
            b.station.secured().log.note(SecurityEvent.TAMPER_DETECTION_ACTIVATED, "lid open")
            happened = b.station.now()
            await b.station.cut_mains()
            await b.pass_time(60)
            b.network.restore()
            await b.pass_time(60)
            told = b.central.all(SecurityEventNotification)
            assert [one.type for one in told] == ["TamperDetectionActivated", "StartupOfTheDevice"]
            assert abs((told[0].timestamp - happened).total_seconds()) < 0.01
            assert told[0].tech_info == "lid open"

    run_virtual(scene())

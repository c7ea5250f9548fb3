"""Security profiles: what is asked of a station, how that rises over the wire, and that it does not fall."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from chargeproof.central_system import Admission, CentralSystemSettings
from chargeproof.central_system.credentials import Credentials
from chargeproof.central_system.ports import TlsSeen
from chargeproof.central_system.station_trust import ClientCertificate
from chargeproof.errors import UsageError
from chargeproof.ocpp import ChangeConfiguration
from chargeproof.testing.virtual_time import run_virtual
from tests.central_system.bench import Bench, on_bench

TLS = TlsSeen("TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256", "RSA")
CERTIFICATE = ClientCertificate(
    subject="CN=CP-1,O=Maker",
    issuer="CN=root",
    serial="1F",
    common_names=("CP-1",),
    names=(),
    expires_at=datetime(2030, 1, 1, tzinfo=UTC),
    fingerprint="00",
)
MUTUAL = msgspec.structs.replace(TLS, client=CERTIFICATE)


def profile_of(admission: Admission) -> int:
    assert admission.security is not None
    return admission.security.profile


def with_password(bench: Bench, secured: TlsSeen | None = None, password: bytes = b"secret") -> Admission:
    return bench.admit(user="CP-1", password=password, secured=secured)


@on_bench()
async def test_each_handshake_amounts_to_a_profile(bench: Bench) -> None:
    assert profile_of(bench.admit()) == 0
    assert profile_of(bench.admit(secured=TLS)) == 0
    assert profile_of(bench.admit(secured=MUTUAL)) == 3
    await bench.central_system.set_password("CP-1", "secret")
    assert profile_of(with_password(bench)) == 1
    assert profile_of(with_password(bench, TLS)) == 2
    assert bench.admit(secured=MUTUAL).accepted
    kept = (await bench.store.handshakes("CP-1"))[1]
    assert kept.authentication == "basic"
    assert kept.security is not None
    assert (kept.security.protocol, kept.security.server_certificate) == ("TLSv1.2", "RSA")
    assert bench.entries_of("HandshakeSeen")[2].security.client_subject == "CN=CP-1,O=Maker"


@pytest.mark.parametrize("minimum", [0, 1, 2, 3])
def test_less_than_the_minimum_is_refused_with_a_hint(minimum: int) -> None:
    async def main() -> None:
        bench = Bench(CentralSystemSettings(minimum_security_profile=minimum))
        await bench.central_system.start()
        assert bench.admit("CP-2").accepted is (minimum == 0)
        await bench.central_system.set_password("CP-1", "secret")
        for profile, admission in (
            (1, with_password(bench)),
            (2, with_password(bench, TLS)),
            (3, bench.admit(secured=MUTUAL)),
        ):
            assert admission.accepted is (profile >= minimum)
            if not admission.accepted:
                assert admission.http_status == 403
                assert f"security profile {minimum} is asked" in admission.reason
                assert "lower its profile here" in admission.hint
        await bench.central_system.stop()
        await bench.store.close()

    run_virtual(main())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"common_names": ("CP-2",)}, "the common name CP-2 of the certificate is not the id CP-1"),
        ({"problem": "the certificate expired on 2026-01-02"}, "expired on 2026-01-02 (serial number 1F)"),
        ({"problem": "the certificate was revoked on 2026-01-02"}, "was revoked on 2026-01-02"),
    ],
)
def test_a_bad_certificate_is_refused_though_a_password_fits(changes: dict[str, object], said: str) -> None:
    bad = msgspec.structs.replace(TLS, client=msgspec.structs.replace(CERTIFICATE, **changes))

    async def main() -> None:
        bench = Bench(CentralSystemSettings())
        await bench.central_system.start()
        await bench.central_system.set_password("CP-1", "secret")
        admission = with_password(bench, bad)
        assert (admission.accepted, admission.http_status) == (False, 403)
        assert said in admission.reason
        kept = (await bench.store.handshakes())[0]
        assert kept.authentication.startswith("certificate, ")
        await bench.central_system.stop()
        await bench.store.close()

    run_virtual(main())


@on_bench()
async def test_a_certificate_may_carry_the_id_as_dns_name(bench: Bench) -> None:
    other = msgspec.structs.replace(CERTIFICATE, common_names=("serial 1",), names=("CP-1",))
    assert profile_of(bench.admit(secured=msgspec.structs.replace(TLS, client=other))) == 3


@on_bench(minimum_security_profile=1)
async def test_a_station_without_a_password_here_cannot_reach_profile_1(bench: Bench) -> None:
    refusal = with_password(bench)
    assert (refusal.http_status, refusal.reason) == (401, "no password is kept for this charge point")


async def told(bench: Bench, value: str, status: str) -> None:
    """ChangeConfiguration SecurityProfile, answered with `status`."""
    station = await bench.booted()
    calling = bench.calling(ChangeConfiguration(key="SecurityProfile", value=value))
    while not station.commands():
        await bench.pass_time(0.1)
    station.answer(station.commands()[-1], {"status": status})
    await calling
    await bench.committed()


@on_bench()
async def test_a_profile_that_is_taken_on_and_proved_is_asked_from_then_on(bench: Bench) -> None:
    await told(bench, "2", "Accepted")
    await bench.central_system.set_password("CP-1", "secret")
    assert with_password(bench).accepted  # not proved yet: the station may fail and come back as it was
    assert with_password(bench, TLS).accepted
    refusal = with_password(bench)
    assert (refusal.http_status, refusal.reason) == (
        403,
        "security profile 2 is asked of this station, and it comes without TLS",
    )
    await bench.central_system.security_of_stations.settled()
    record = await bench.store.charge_point("CP-1")
    assert record is not None
    assert (record.security_profile, record.asked_security_profile) == (2, None)
    assert bench.admit(secured=MUTUAL).accepted  # more than is asked


@on_bench()
async def test_what_a_station_declines_is_not_asked_of_it(bench: Bench) -> None:
    await told(bench, "2", "Rejected")
    await bench.central_system.set_password("CP-1", "secret")
    assert with_password(bench, TLS).accepted
    assert with_password(bench).accepted


@on_bench()
async def test_a_lower_profile_over_the_wire_lowers_nothing_here(bench: Bench) -> None:
    security = bench.central_system.security_of_stations
    await told(bench, "0", "Accepted")
    await security.set_profile("CP-1", 2)
    await bench.central_system.set_password("CP-1", "secret")
    assert not with_password(bench).accepted
    assert security.profile("CP-1") == 2
    await security.set_profile("CP-1", None)  # an operator's word
    assert with_password(bench).accepted


@on_bench()
async def test_only_the_four_profiles_can_be_asked_for(bench: Bench) -> None:
    with pytest.raises(UsageError, match="no security profile 4"):
        await bench.central_system.security_of_stations.set_profile("CP-1", 4)


def test_what_was_asked_and_proved_outlives_a_restart(tmp_path: Path) -> None:
    settings = CentralSystemSettings(credential_key=b"lasting")

    async def first() -> None:
        bench = Bench(settings, tmp_path / "store.db")
        await bench.central_system.start()
        await told(bench, "2", "Accepted")
        await bench.central_system.set_password("CP-1", "secret")
        await bench.central_system.stop()
        await bench.store.close()

    async def second() -> None:
        bench = Bench(settings, tmp_path / "store.db")
        await bench.central_system.start()
        assert with_password(bench).accepted
        assert with_password(bench, TLS).accepted
        await bench.central_system.stop()
        await bench.store.close()

    async def third() -> None:
        bench = Bench(settings, tmp_path / "store.db")
        await bench.central_system.start()
        assert not with_password(bench).accepted
        await bench.central_system.stop()
        await bench.store.close()

    for life in (first, second, third):
        run_virtual(life())


@pytest.mark.parametrize(
    ("kept", "sent", "form"),
    [
        (b"00ff" * 8, b"00ff" * 8, "hex text"),
        (b"00ff" * 8, b"00FF" * 8, "hex text"),
        (b"00ff" * 8, b"\x00\xff" * 8, "bytes"),
        (b"open sesame", b"open sesame", "text"),
        (b"open sesame", b"open", ""),
    ],
)
def test_the_form_of_a_password_is_told(kept: bytes, sent: bytes, form: str) -> None:
    credentials = Credentials(b"key")
    credentials.keep("CP-1", credentials.digest(kept))
    assert credentials.recognize("CP-1", sent).form == form

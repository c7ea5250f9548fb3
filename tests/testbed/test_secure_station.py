"""The security extension from end to end in virtual time, with the embedded authority."""

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chargeproof.acceptance.lints import findings_in
from chargeproof.acceptance.verdict import Outcome
from chargeproof.central_system.certificates import Authority
from chargeproof.central_system.station_trust import StationTrust
from chargeproof.clock import Clock
from chargeproof.ocpp import ChangeConfiguration, Request
from chargeproof.ocpp.security import (
    ExtendedTriggerMessage,
    GetInstalledCertificateIds,
    GetInstalledCertificateIdsConf,
)
from chargeproof.ocpp.security_enums import CertificateUse, ExtendedMessageTrigger, LogType
from chargeproof.simulator.model import SecurityModel, StationModel, load_model
from chargeproof.simulator.station import SimulatedStation
from chargeproof.testbed.memory_dial import MemoryTls
from chargeproof.testbed.simulated import Bench, memory_bench, run_simulated
from chargeproof.testing.virtual_time import VIRTUAL_EPOCH, run_virtual

KEY = "00112233445566778899aabbccddeeff"
ID = "CP-1"
SIGNING = ExtendedTriggerMessage(requested_message=ExtendedMessageTrigger.SIGN_CHARGE_POINT_CERTIFICATE)
Scene = Callable[[Bench], Coroutine[Any, Any, None]]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"), lambda: VIRTUAL_EPOCH)


def secure(authority: Authority, **keys: str) -> StationModel:
    root = authority.root_file.read_text()
    security = SecurityModel(central_system_roots=(root,), manufacturer_roots=(root,))
    model = msgspec.structs.replace(load_model("secure"), security=security)
    for key, value in keys.items():
        model = model.with_key(key, value=value)
    return model


@asynccontextmanager
async def benched(
    authority: Authority,
    *,
    factory: type[SimulatedStation] = SimulatedStation,
    server: Authority | None = None,
    **keys: str,
) -> AsyncIterator[Bench]:
    """A station under power and online; TLS with a certificate of `server`."""
    identity = (server or authority).server_identities(["localhost"])[1]

    def tls(clock: Clock) -> MemoryTls:
        trust = StationTrust([authority.station_roots_file])
        return MemoryTls(identity.certificate.read_text(), trust, clock)

    async with memory_bench(factory, secure(authority, **keys), ID, tls=tls) as bench:
        bench.central_system.security.use(authority, authority)
        await bench.station.power_on()
        await bench.clock.sleep(30)
        yield bench
        assert bench.station.crashes == []


async def ask(bench: Bench, request: Request) -> Any:
    """Its answer."""
    result = await bench.central_system.call(ID, request)
    assert result.confirmation is not None, result
    return result.confirmation


async def events(bench: Bench) -> list[str]:
    """The security events that are kept, oldest first."""
    await bench.store.flush()
    return [one.type for one in reversed(await bench.store.security_events(ID))]


async def progress(bench: Bench, subject: str) -> list[tuple[str, int | None]]:
    await bench.store.flush()
    kept = reversed(await bench.store.progress(ID))
    return [(one.status, one.request_id) for one in kept if one.subject == subject]


async def connections(bench: Bench) -> list[str | None]:
    """The TLS of each connection, oldest first."""
    await bench.store.flush()
    return [one.tls for one in reversed(await bench.store.connections(ID))]


def test_a_station_with_the_extension_passes_the_script_without_a_finding() -> None:
    result = run_virtual(run_simulated("secure"))
    outcomes = {function.case.number: function.outcome for function in result.judgement.functions}
    # It takes signed firmware only (whitepaper L01.FR.20).
    assert outcomes.pop(12) is Outcome.NOT_APPLICABLE
    assert set(outcomes.values()) == {Outcome.PASS}
    assert findings_in(result.trace) == ()
    assert any("SecurityEventNotification" in line for line in result.record_lines)


def test_a_certificate_is_asked_for_signed_and_used(authority: Authority) -> None:
    async def scene() -> None:
        async with benched(authority, SecurityProfile="3") as bench:
            assert (await ask(bench, SIGNING)).status == "Accepted"
            await bench.clock.sleep(30)
            certificates = bench.station.secured().certificates
            own = certificates.own_certificate()
            assert own is not None
            (issued,) = [item for item in authority.issued() if item.name == ID]
            assert int(issued.serial, 16) == own.serial_number
            tls = "TLSv1.3 TLS_AES_128_GCM_SHA256"
            assert await connections(bench) == [tls, tls]
            assert bench.station.online

    run_virtual(scene())


def test_a_request_for_another_name_is_refused(authority: Authority) -> None:
    class Impostor(SimulatedStation):
        def build_signing_request(self, key_pem: str) -> str:
            genuine, self.charge_point_id = self.charge_point_id, "CP-2"
            try:
                return super().build_signing_request(key_pem)
            finally:
                self.charge_point_id = genuine

    async def scene() -> None:
        async with benched(authority, factory=Impostor) as bench:
            await ask(bench, SIGNING)
            await bench.clock.sleep(10)
            assert bench.station.secured().certificates.pending_key is None
            flags = {one.rule: one.value for one in await bench.store.flags(ID)}
            assert "CP-2" in flags["certificate_refused"]

    run_virtual(scene())


@pytest.mark.parametrize("log_type", list(LogType))
def test_a_log_arrives_in_the_place_that_was_opened_for_it(authority: Authority, log_type: LogType) -> None:
    async def scene() -> None:
        async with benched(authority) as bench:
            requested = await bench.central_system.security.get_log(ID, log_type)
            await bench.clock.sleep(5)
            (stored,) = await bench.files.list_files(requested.job.job_id)
            assert stored.name == getattr(requested.result.confirmation, "filename", None)
            content = bench.files.content_of(requested.job.job_id).decode()
            assert (
                "StartupOfTheDevice" if log_type is LogType.SECURITY_LOG else "BootNotification"
            ) in content
            assert await progress(bench, "log") == [("Uploading", 1), ("Uploaded", 1)]

    run_virtual(scene())


def test_signed_firmware_is_installed(authority: Authority) -> None:
    async def scene() -> None:
        async with benched(authority) as bench:
            content = b"version: 4.1.0\ncode"
            update = await bench.central_system.security.update_firmware(ID, content, "firmware.bin")
            assert update.result.state == "accepted"
            await bench.clock.sleep(120)
            assert [status for status, _ in await progress(bench, "signed firmware")] == [
                "Downloading",
                "Downloaded",
                "SignatureVerified",
                "Installing",
                "InstallRebooting",
                "Installed",
            ]
            assert {number for _, number in await progress(bench, "signed firmware")} == {update.request_id}
            assert (await events(bench))[-1] == "FirmwareUpdated"
            station = await bench.store.charge_point(ID)
            assert station is not None
            assert station.firmware_version == "4.1.0"

    run_virtual(scene())


def test_firmware_of_a_stranger_is_refused(authority: Authority, tmp_path: Path) -> None:
    stranger = Authority(tmp_path, lambda: VIRTUAL_EPOCH)

    async def scene() -> None:
        async with benched(authority) as bench:
            bench.central_system.security.use(authority, stranger)
            update = await bench.central_system.security.update_firmware(ID, b"code", "firmware.bin")
            assert getattr(update.result.confirmation, "status", None) == "InvalidCertificate"
            await bench.clock.sleep(5)
            assert (await events(bench))[-1] == "InvalidFirmwareSigningCertificate"

    run_virtual(scene())


def test_profiles_are_raised_one_by_one_over_the_wire(authority: Authority) -> None:
    async def scene() -> None:
        async with benched(authority, AuthorizationKey=KEY) as bench:
            await ask(bench, SIGNING)
            await bench.clock.sleep(10)
            for profile in ("1", "2", "3"):
                change = ChangeConfiguration(key="SecurityProfile", value=profile)
                assert (await ask(bench, change)).status == "Accepted"
                await bench.clock.sleep(30)
            tls = "TLSv1.3 TLS_AES_128_GCM_SHA256"
            assert await connections(bench) == [None, None, tls, tls]
            shown = [one.authentication for one in reversed(await bench.store.handshakes(ID))]
            assert [one.startswith("basic") for one in shown] == [False, True, True, False]
            lower = ChangeConfiguration(key="SecurityProfile", value="2")
            assert (await ask(bench, lower)).status == "Rejected"

    run_virtual(scene())


def test_a_server_that_no_installed_root_vouches_for_is_refused_and_told(
    authority: Authority, tmp_path: Path
) -> None:
    stranger = Authority(tmp_path, lambda: VIRTUAL_EPOCH)

    async def scene() -> None:
        async with benched(authority, server=stranger, SecurityProfile="1", AuthorizationKey=KEY) as bench:
            await ask(bench, ChangeConfiguration(key="SecurityProfile", value="2"))
            await bench.clock.sleep(60)
            assert await connections(bench) == [None, None]  # back on profile 1
            assert (await events(bench)).count("InvalidCentralSystemCertificate") == 3

    run_virtual(scene())


def test_installed_certificates_are_named_by_their_hashes(authority: Authority) -> None:
    async def scene() -> None:
        async with benched(authority) as bench:
            named = await ask(
                bench, GetInstalledCertificateIds(certificate_type=CertificateUse.CENTRAL_SYSTEM_ROOT)
            )
            assert isinstance(named, GetInstalledCertificateIdsConf)
            (data,) = named.certificate_hash_data or []
            assert int(data.serial_number, 16) == authority.root.serial_number

    run_virtual(scene())

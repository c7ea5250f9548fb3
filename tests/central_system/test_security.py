"""The security extension on our side."""

import asyncio
import json

import pytest

from chargeproof.central_system.ports import FirmwareSignature, SignedCertificate
from chargeproof.clock import LoopClock
from chargeproof.errors import UsageError
from chargeproof.files.memory import MemoryFileService
from chargeproof.ocpp.security_enums import LogType
from tests.central_system.bench import Bench, on_bench

CSR = "-----BEGIN CERTIFICATE REQUEST-----"


class FakeAuthority:
    """Answers after `takes_s` what it was told to."""

    def __init__(self, answer: SignedCertificate | Exception, takes_s: float = 0) -> None:
        self.answer = answer
        self.takes_s = takes_s
        self.asked: list[tuple[str, str]] = []

    async def sign(self, csr_pem: str, charge_point_id: str) -> SignedCertificate:
        self.asked.append((csr_pem, charge_point_id))
        await LoopClock().sleep(self.takes_s)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def sign_firmware(self, content: bytes) -> FirmwareSignature:
        return FirmwareSignature(certificate_pem="PEM", signature=f"over {len(content)} bytes")


@pytest.mark.parametrize("takes_s", [0, 60])
def test_a_signing_request_is_answered_and_the_certificate_follows(takes_s: float) -> None:
    @on_bench()
    async def scene(bench: Bench) -> None:
        authority = FakeAuthority(SignedCertificate(chain_pem="CHAIN"), takes_s)
        bench.central_system.security.use(authority, None)
        station = await bench.booted()
        station.send("SignCertificate", {"csr": CSR}, "sign")
        await bench.pass_time(takes_s + 1)
        assert authority.asked == [(CSR, "CP-1")]
        answer, command = [json.loads(text) for text in station.link.sent[-2:]]
        assert answer == [3, "sign", {"status": "Accepted"}]
        assert command[2:] == ["CertificateSigned", {"certificateChain": "CHAIN"}]
        station.answer(command, {"status": "Accepted"})
        await bench.committed()
        assert bench.states("CertificateSigned") == ["queued", "sent", "accepted"]

    scene()


@pytest.mark.parametrize(
    ("authority", "reason"),
    [
        (None, "this central system has no certificate authority"),
        (FakeAuthority(SignedCertificate(refusal="wrong name")), "wrong name"),
        (FakeAuthority(RuntimeError("broken")), "the certificate authority failed"),
    ],
)
def test_a_signing_request_is_rejected_with_the_reason_in_the_flags(
    authority: FakeAuthority | None, reason: str
) -> None:
    @on_bench()
    async def scene(bench: Bench) -> None:
        bench.central_system.security.use(authority, None)
        station = await bench.booted()
        station.send("SignCertificate", {"csr": CSR}, "sign")
        await bench.pass_time(10)
        assert json.loads(station.link.sent[-1]) == [3, "sign", {"status": "Rejected"}]
        assert station.commands() == []
        (flag,) = await bench.store.flags("CP-1")
        assert (flag.rule, flag.value) == ("certificate_refused", reason)

    scene()


@on_bench()
async def test_security_events_are_kept_with_their_time_known_or_not(bench: Bench) -> None:
    station = await bench.booted()
    told = {"type": "StartupOfTheDevice", "timestamp": "2025-12-31T23:59:00Z"}
    assert (await station.call("SecurityEventNotification", told))[2] == {}
    odd = {"type": "LidOpened", "timestamp": "yesterday", "techInfo": "x"}
    assert (await station.call("SecurityEventNotification", odd))[2] == {}
    lid, startup = await bench.store.security_events("CP-1")
    assert (startup.type, startup.timestamp_text) == tuple(told.values())
    assert startup.critical
    assert (lid.type, lid.critical, lid.timestamp_text, lid.tech_info) == (
        "LidOpened",
        False,
        "yesterday",
        "x",
    )
    assert lid.happened_at is None


@on_bench()
async def test_progress_is_kept_with_the_request_that_began_it(bench: Bench) -> None:
    station = await bench.booted()
    await station.call("LogStatusNotification", {"status": "Uploaded", "requestId": 4})
    await station.call("SignedFirmwareStatusNotification", {"status": "Installed", "requestId": 5})
    await station.call("LogStatusNotification", {"status": "Idle"})
    kept = [(one.subject, one.status, one.request_id) for one in await bench.store.progress("CP-1")]
    assert kept == [("log", "Idle", None), ("signed firmware", "Installed", 5), ("log", "Uploaded", 4)]


def with_files(bench: Bench) -> MemoryFileService:
    files = MemoryFileService(bench.clock)
    bench.central_system.files._files = files
    return files


@on_bench()
async def test_a_log_is_asked_for_with_a_place_and_a_number_of_its_own(bench: Bench) -> None:
    files = with_files(bench)
    station = await bench.booted()
    for number in (1, 2):
        asking = asyncio.ensure_future(bench.central_system.security.get_log("CP-1", LogType.SECURITY_LOG))
        await bench.pass_time(1)
        command = station.commands()[-1]
        assert command[3]["requestId"] == number
        assert command[3]["logType"] == "SecurityLog"
        station.answer(command, {"status": "Accepted", "filename": "log.txt"})
        requested = await asking
        assert requested.request_id == number
        await files.upload(command[3]["log"]["remoteLocation"], "log.txt", b"events")
        assert files.content_of(requested.job.job_id) == b"events"
    await bench.committed()
    assert [job.request_id for job in await bench.store.jobs("CP-1")] == [2, 1]
    assert await bench.store.last_request_id() == 2


@on_bench()
async def test_firmware_is_signed_offered_and_announced(bench: Bench) -> None:
    files = with_files(bench)
    station = await bench.booted()
    desk = bench.central_system.security
    with pytest.raises(UsageError, match="nobody signs firmware"):
        await desk.update_firmware("CP-1", b"firmware", "f.bin")
    desk.use(None, FakeAuthority(SignedCertificate()))
    updating = asyncio.ensure_future(desk.update_firmware("CP-1", b"firmware", "f.bin"))
    await bench.pass_time(1)
    command = station.commands()[-1]
    assert command[2] == "SignedUpdateFirmware"
    firmware = command[3]["firmware"]
    assert (firmware["signingCertificate"], firmware["signature"]) == ("PEM", "over 8 bytes")
    assert await files.download(firmware["location"]) == b"firmware"
    station.answer(command, {"status": "InvalidCertificate"})
    assert (await updating).result.state == "rejected"

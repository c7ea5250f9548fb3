"""The security extension between our simulated station and a central system made with PyPI's `ocpp`."""

import itertools
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chargeproof.clock import LoopClock
from chargeproof.ocpp.security_enums import HashAlgorithm
from chargeproof.simulator.certificates import hash_data
from chargeproof.simulator.client import WebSocketDial
from chargeproof.simulator.file_transfer import NetworkFileTransfer
from chargeproof.simulator.station import SimulatedStation
from tests.files.places import places
from tests.peers.control import Control
from tests.peers.programs import Program, python_program, running
from tests.quiet_time import run
from tests.simulator.certificates_for_tests import Authority, root
from tests.simulator.security_bench import secure

SPEED = 20.0
NUMBERS = itertools.count(1)
CONTENT = b"version: 7.0.0\ncode"

Visit = Callable[[Control, SimulatedStation], Coroutine[Any, Any, None]]


@pytest.fixture(scope="module")
def central_system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    command = python_program("tests.peers.python.central_system", "--speed", str(SPEED))
    with running(command, tmp_path_factory.mktemp("peer") / "central_system.log") as program:
        yield program


def visit(central_system: Program, play: Visit) -> None:
    """Switch a station on, play with it, switch it off; then see that nothing of it was objected to."""

    # A name of its own: the central system still holds the socket of the one before for a moment.
    charge_point_id = f"SECURE-{next(NUMBERS)}"

    async def played() -> None:
        station = SimulatedStation(
            secure(),
            charge_point_id,
            dial=WebSocketDial(central_system.said["url"]),
            transfer=NetworkFileTransfer(),
            clock=LoopClock(),
        )
        await station.power_on()
        try:
            async with Control(central_system.said["control"], charge_point_id) as control:
                await control.next_call("BootNotification")
                _, started = await control.next_call("SecurityEventNotification")
                assert started["type"] == "StartupOfTheDevice"
                await play(control, station)
                assert await control.violations() == []
        finally:
            await station.power_off()

    run(played(), SPEED)


async def statuses(control: Control, action: str, last: str) -> list[str]:
    """The statuses that this action told, up to the last one."""
    told, after = list[str](), 0
    while last not in told:
        after, payload = await control.next_call(action, after)
        assert payload["requestId"] == 9
        told.append(payload["status"])
    return told


def test_roots_are_installed_listed_and_deleted(central_system: Program) -> None:
    async def play(control: Control, station: SimulatedStation) -> None:
        use = {"certificateType": "ManufacturerRootCertificate"}
        other = root("Other").certificate
        answer = await control.call("InstallCertificate", **use, certificate=root("Other").pem)
        assert answer == {"status": "Accepted"}
        listed = await control.call("GetInstalledCertificateIds", **use)
        data = msgspec.to_builtins(hash_data(other, other, HashAlgorithm.SHA256))
        assert data in listed["certificateHashData"]
        assert await control.call("DeleteCertificate", certificateHashData=data) == {"status": "Accepted"}
        assert await control.call("DeleteCertificate", certificateHashData=data) == {"status": "NotFound"}

    visit(central_system, play)


def test_a_certificate_is_asked_for_and_taken(central_system: Program) -> None:
    async def play(control: Control, station: SimulatedStation) -> None:
        await control.call("ExtendedTriggerMessage", requestedMessage="SignChargePointCertificate")
        _, asked = await control.next_call("SignCertificate")
        chain = root().answer(asked["csr"])
        assert await control.call("CertificateSigned", certificateChain=chain) == {"status": "Accepted"}
        assert await control.call("CertificateSigned", certificateChain=chain) == {"status": "Rejected"}
        assert station.secured().certificates.identity is not None

    visit(central_system, play)


def test_a_log_is_uploaded(central_system: Program, tmp_path: Path) -> None:
    async def play(control: Control, station: SimulatedStation) -> None:
        async with places(tmp_path) as (service, _):
            job = await service.open_upload("http")
            place = {"remoteLocation": job.url}
            answer = await control.call("GetLog", logType="SecurityLog", requestId=9, log=place)
            assert answer["status"] == "Accepted"
            assert await statuses(control, "LogStatusNotification", "Uploaded") == ["Uploading", "Uploaded"]
            (stored,) = await service.list_files(job.job_id)
            assert stored.name == answer["filename"]

    visit(central_system, play)


@pytest.mark.parametrize(
    ("signer", "last"), [(root("Maker").leaf("Signer"), "Installed"), (root("Maker"), "InvalidSignature")]
)
def test_signed_firmware_is_installed_if_and_only_if_its_signature_fits(
    central_system: Program, tmp_path: Path, signer: Authority, last: str
) -> None:
    async def play(control: Control, station: SimulatedStation) -> None:
        async with places(tmp_path) as (service, _):
            job = await service.offer_download(CONTENT, "firmware.bin")
            firmware = {
                "location": job.url,
                "retrieveDateTime": datetime.now(UTC).isoformat(),
                "signingCertificate": root("Maker").leaf("Another").pem
                if last != "Installed"
                else signer.pem,
                "signature": signer.signature(CONTENT),
            }
            answer = await control.call("SignedUpdateFirmware", requestId=9, firmware=firmware)
            assert answer == {"status": "Accepted"}
            told = await statuses(control, "SignedFirmwareStatusNotification", last)
            assert ("SignatureVerified" in told) == (last == "Installed")

    visit(central_system, play)

import msgspec
import pytest

from chargeproof.ocpp import (
    BootNotification,
    DiagnosticsStatus,
    DiagnosticsStatusNotification,
    FirmwareStatus,
    FirmwareStatusNotification,
    GetDiagnostics,
    StopTransaction,
    UpdateFirmware,
)
from chargeproof.simulator.firmware import announced_version
from chargeproof.testing.virtual_time import run_virtual
from tests.simulator.bench import Bench, bench, lawful

F, D = FirmwareStatus, DiagnosticsStatus
FILE = "http://files/firmware.bin"


def progress(b: Bench) -> list[str]:
    """Firmware statuses and boots, in the order in which they came."""
    words = []
    for one in b.central.received:
        if isinstance(one.request, FirmwareStatusNotification):
            words.append(one.request.status.value)
        elif isinstance(one.request, BootNotification):
            words.append("boot")
    return words


async def update(b: Bench, *, in_s: float = 0, retries: int | None = None) -> None:
    await b.central.call(
        UpdateFirmware(location=FILE, retrieve_date=b.at(in_s), retries=retries, retry_interval=20)
    )


def test_an_update_downloads_installs_reboots_and_tells_each_step() -> None:
    async def scene() -> None:
        async with bench() as b:
            b.transfer.shelf[FILE] = b"version: 2.5.0\nbinary follows"
            await update(b)
            await b.pass_time(120)
            assert progress(b) == ["Downloading", "Downloaded", "Installing", "boot", "Installed"]
            assert b.central.all(BootNotification)[0].firmware_version == "2.5.0"
            await b.station.cut_mains()
            await b.pass_time(20)
            assert b.central.all(BootNotification)[1].firmware_version == "2.5.0"
            assert progress(b).count("Installed") == 1

    run_virtual(scene())


def test_a_model_may_reboot_after_it_told_installed() -> None:
    async def scene() -> None:
        model = lawful()
        model = msgspec.structs.replace(
            model, firmware=msgspec.structs.replace(model.firmware, reboot="after_installed")
        )
        async with bench(model) as b:
            b.transfer.shelf[FILE] = b"anything"
            await update(b)
            await b.pass_time(120)
            assert progress(b) == ["Downloading", "Downloaded", "Installing", "Installed", "boot"]
            assert b.central.all(BootNotification)[0].firmware_version == model.firmware_version

    run_virtual(scene())


def test_the_download_waits_for_its_date() -> None:
    async def scene() -> None:
        async with bench() as b:
            b.transfer.shelf[FILE] = b"anything"
            await update(b, in_s=300)
            await b.pass_time(290)
            assert b.transfer.attempts == []
            await b.pass_time(20)
            assert len(b.transfer.attempts) == 1

    run_virtual(scene())


def test_a_failed_download_is_tried_again_and_then_told() -> None:
    async def scene() -> None:
        async with bench() as b:
            await update(b, retries=2)
            await b.pass_time(120)
            one, two, three = b.transfer.attempts
            assert (two - one, three - two) == (20, 20)
            assert progress(b) == ["Downloading"] * 3 + ["DownloadFailed"]

    run_virtual(scene())


def test_a_download_that_succeeds_at_the_second_attempt_goes_on() -> None:
    async def scene() -> None:
        async with bench() as b:
            b.transfer.shelf[FILE] = b"anything"
            b.transfer.failures = 1
            await update(b, retries=1)
            await b.pass_time(120)
            assert progress(b)[-1] == "Installed"

    run_virtual(scene())


def test_an_empty_file_cannot_be_installed() -> None:
    async def scene() -> None:
        async with bench() as b:
            b.transfer.shelf[FILE] = b""
            await update(b)
            await b.pass_time(120)
            assert progress(b) == ["Downloading", "Downloaded", "Installing", "InstallationFailed"]

    run_virtual(scene())


def test_the_installation_waits_for_running_sessions() -> None:
    async def scene() -> None:
        async with bench() as b:
            b.transfer.shelf[FILE] = b"anything"
            await b.charge(1)
            await update(b)
            await b.pass_time(300)
            assert progress(b) == ["Downloading", "Downloaded"]
            assert b.central.all(StopTransaction) == []
            await b.station.present_card("CARD-1", 1)
            await b.pass_time(120)
            assert progress(b)[-1] == "Installed"

    run_virtual(scene())


@pytest.mark.parametrize(
    ("content", "location", "version"),
    [
        (b"version: 1.2.3\n", "ftp://u:p@host/x.bin", "1.2.3"),
        (b"\x00\x01", "http://host/station-4.5.6.bin", "4.5.6"),
        (b"\x00\x01", "http://host/R3.10.7-1-gabc.bin?token=1", "3.10.7-1-gabc"),
        (b"\x00\x01", "http://host/firmware.bin", None),
    ],
)
def test_the_version_is_in_the_file_or_in_its_name(
    content: bytes, location: str, version: str | None
) -> None:
    assert announced_version(content, location) == version


def test_diagnostics_are_the_messages_of_the_time_frame() -> None:
    async def scene() -> None:
        async with bench(interval_s=60) as b:
            await b.pass_time(300)
            start, stop = b.at(-100), b.at(-1)
            answer = await b.central.call(
                GetDiagnostics(location="ftp://u:p@host/in/", start_time=start, stop_time=stop)
            )
            await b.pass_time(5)
            ((url, name, content),) = b.transfer.uploads
            assert (url, name) == ("ftp://u:p@host/in/", answer.file_name)
            lines = content.decode().splitlines()
            assert len([one for one in lines if '"Heartbeat"' in one]) == 2
            assert all(
                f"{start:%Y-%m-%dT%H:%M:%S}" <= one[:19] <= f"{stop:%Y-%m-%dT%H:%M:%S}" for one in lines
            )
            told = [one.status for one in b.central.all(DiagnosticsStatusNotification)]
            assert told == [D.UPLOADING, D.UPLOADED]

    run_virtual(scene())


def test_without_anything_to_send_there_is_no_file_name() -> None:
    async def scene() -> None:
        async with bench() as b:
            request = GetDiagnostics(location="ftp://host/", start_time=b.at(1000), stop_time=b.at(2000))
            assert (await b.central.call(request)).file_name is None
            await b.pass_time(5)
            assert b.transfer.uploads == []
            assert b.central.all(DiagnosticsStatusNotification) == []

    run_virtual(scene())


@pytest.mark.parametrize(
    ("failures", "last", "attempts"), [(1, D.UPLOADED, 2), (2, D.UPLOADED, 3), (3, D.UPLOAD_FAILED, 3)]
)
def test_a_failed_upload_is_tried_again(failures: int, last: DiagnosticsStatus, attempts: int) -> None:
    async def scene() -> None:
        async with bench() as b:
            b.transfer.failures = failures
            await b.central.call(GetDiagnostics(location="ftp://host/", retries=2, retry_interval=10))
            await b.pass_time(60)
            told = [one.status for one in b.central.all(DiagnosticsStatusNotification)]
            assert told == [D.UPLOADING, last]
            assert len(b.transfer.attempts) == attempts

    run_virtual(scene())


def test_the_log_tells_of_the_time_before_a_reboot_too() -> None:
    async def scene() -> None:
        async with bench() as b:
            await b.station.cut_mains()
            await b.pass_time(20)
            await b.central.call(GetDiagnostics(location="ftp://host/"))
            await b.pass_time(5)
            assert b.transfer.uploads[0][2].count(b'"BootNotification"') == 2
            assert F.IDLE is b.station.firmware.current()

    run_virtual(scene())

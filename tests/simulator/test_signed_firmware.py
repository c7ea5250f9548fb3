"""SignedUpdateFirmware with real signatures, and GetLog."""

from datetime import UTC, datetime

import pytest

from chargeproof.ocpp import BootNotification
from chargeproof.ocpp.security import (
    ExtendedTriggerMessage,
    GetLog,
    GetLogConf,
    LogParameters,
    LogStatusNotification,
    SignedFirmware,
    SignedFirmwareStatusNotification,
    SignedUpdateFirmware,
)
from chargeproof.ocpp.security_enums import (
    ExtendedMessageTrigger,
    LogStatus,
    LogType,
    UpdateFirmwareStatus,
)
from chargeproof.simulator.model import SecurityModel
from chargeproof.testing.virtual_time import run_virtual
from tests.simulator.bench import Bench, bench
from tests.simulator.certificates_for_tests import Authority, root
from tests.simulator.security_bench import events, secure

FILE = "http://files/firmware.bin"
CONTENT = b"version: 3.0.0\nbinary follows"
LOGS = "ftp://logs/"
MAKER = root("Maker")
SIGNER = MAKER.leaf("Signer")
STATUS = UpdateFirmwareStatus


def progress(b: Bench) -> list[str]:
    """Statuses with their request ids, and boots, in order."""
    words = []
    for one in b.central.received:
        match one.request:
            case SignedFirmwareStatusNotification(status=status, request_id=request_id):
                words.append(f"{status.value} {request_id}")
            case BootNotification():
                words.append("boot")
    return words


async def update(
    b: Bench,
    *,
    signer: Authority = SIGNER,
    signature: str | None = None,
    certificate: str | None = None,
    request_id: int = 7,
    in_s: float = 0,
    install_in_s: float | None = None,
) -> UpdateFirmwareStatus:
    firmware = SignedFirmware(
        location=FILE,
        retrieve_date_time=b.at(in_s),
        install_date_time=None if install_in_s is None else b.at(install_in_s),
        signing_certificate=certificate or signer.pem,
        signature=signature or signer.signature(CONTENT),
    )
    answer = await b.central.call(
        SignedUpdateFirmware(request_id=request_id, retries=1, retry_interval=5, firmware=firmware)
    )
    return answer.status


def test_signed_firmware_is_fetched_verified_and_installed() -> None:
    async def scene() -> None:
        async with bench(secure()) as b:
            b.transfer.shelf[FILE] = CONTENT
            b.transfer.failures = 1
            assert await update(b) is STATUS.ACCEPTED
            await b.pass_time(120)
            assert progress(b) == [
                "Downloading 7",
                "Downloading 7",
                "Downloaded 7",
                "SignatureVerified 7",
                "Installing 7",
                "InstallRebooting 7",
                "boot",
                "Installed 7",
            ]
            assert b.central.all(BootNotification)[0].firmware_version == "3.0.0"
            assert events(b) == ["ResetOrReboot", "StartupOfTheDevice", "FirmwareUpdated"]

    run_virtual(scene())


def test_a_later_download_and_installation_are_announced() -> None:
    async def scene() -> None:
        async with bench(secure()) as b:
            b.transfer.shelf[FILE] = CONTENT
            await update(b, in_s=60, install_in_s=300)
            await b.pass_time(120)
            assert progress(b) == [
                "DownloadScheduled 7",
                "Downloading 7",
                "Downloaded 7",
                "SignatureVerified 7",
                "InstallScheduled 7",
            ]
            await b.pass_time(300)
            assert progress(b)[-1] == "Installed 7"

    run_virtual(scene())


@pytest.mark.parametrize(
    "signature",
    [SIGNER.signature(b"another file"), "no base64!", root().signature(CONTENT)],
    ids=["of another file", "no base64", "by somebody else"],
)
def test_a_wrong_signature_ends_the_update_and_is_told(signature: str) -> None:
    async def scene() -> None:
        async with bench(secure()) as b:
            b.transfer.shelf[FILE] = CONTENT
            assert await update(b, signature=signature) is STATUS.ACCEPTED
            await b.pass_time(120)
            assert progress(b) == ["Downloading 7", "Downloaded 7", "InvalidSignature 7"]
            assert events(b) == ["InvalidFirmwareSignature"]
            assert b.station.firmware.version == "1.0.0"

    run_virtual(scene())


@pytest.mark.parametrize(
    "certificate",
    [root().leaf("Stranger").pem, MAKER.leaf("Late", until=datetime(2021, 1, 1, tzinfo=UTC)).pem, "none"],
    ids=["a stranger's", "expired", "none"],
)
def test_a_signing_certificate_of_somebody_else_is_refused_and_told(certificate: str) -> None:
    async def scene() -> None:
        async with bench(secure()) as b:
            b.transfer.shelf[FILE] = CONTENT
            assert await update(b, certificate=certificate) is STATUS.INVALID_CERTIFICATE
            await b.pass_time(60)
            assert progress(b) == []
            assert events(b) == ["InvalidFirmwareSigningCertificate"]
            assert b.transfer.attempts == []

    run_virtual(scene())


def test_a_certificate_that_the_maker_took_back_is_refused() -> None:
    async def scene() -> None:
        serial = f"{SIGNER.certificate.serial_number:X}"
        security = SecurityModel(manufacturer_roots=(MAKER.pem,), revoked_serials=(f"00{serial}",))
        async with bench(secure(security)) as b:
            assert await update(b) is STATUS.REVOKED_CERTIFICATE
            await b.pass_time(60)
            assert progress(b) == []

    run_virtual(scene())


def test_a_second_update_takes_the_place_of_the_first() -> None:
    async def scene() -> None:
        async with bench(secure()) as b:
            b.transfer.shelf[FILE] = CONTENT
            await update(b, in_s=600)
            assert await update(b, request_id=8) is STATUS.ACCEPTED_CANCELED
            await b.pass_time(900)
            assert progress(b)[:2] == ["DownloadScheduled 7", "Downloading 8"]
            assert progress(b)[-1] == "Installed 8"
            assert progress(b).count("boot") == 1

    run_virtual(scene())


def test_an_update_that_cannot_be_fetched_fails() -> None:
    async def scene() -> None:
        async with bench(secure()) as b:
            await update(b)
            await b.pass_time(60)
            assert progress(b) == ["Downloading 7", "Downloading 7", "DownloadFailed 7"]

    run_virtual(scene())


# GetLog.


def statuses(b: Bench) -> list[str]:
    return [f"{one.status.value} {one.request_id}" for one in b.central.all(LogStatusNotification)]


async def get_log(b: Bench, log_type: LogType, request_id: int = 3, **log: datetime) -> GetLogConf:
    parameters = LogParameters(remote_location=LOGS, **log)
    request = GetLog(log_type=log_type, request_id=request_id, log=parameters, retries=1, retry_interval=10)
    return await b.central.call(request)


@pytest.mark.parametrize(
    ("log_type", "holds"),
    [(LogType.SECURITY_LOG, "StartupOfTheDevice"), (LogType.DIAGNOSTICS_LOG, "BootNotification")],
)
def test_a_log_is_uploaded_and_each_step_told_with_the_request_id(log_type: LogType, holds: str) -> None:
    async def scene() -> None:
        async with bench(secure()) as b:
            answer = await get_log(b, log_type)
            await b.pass_time(5)
            assert answer.status is LogStatus.ACCEPTED
            assert statuses(b) == ["Uploading 3", "Uploaded 3"]
            ((url, name, content),) = b.transfer.uploads
            assert (url, name) == (LOGS, answer.filename)
            assert holds in content.decode()

    run_virtual(scene())


def test_a_log_is_tried_again_and_then_given_up() -> None:
    async def scene() -> None:
        async with bench(secure()) as b:
            b.transfer.failures = 2
            await get_log(b, LogType.SECURITY_LOG)
            await b.pass_time(30)
            assert statuses(b) == ["Uploading 3", "UploadFailure 3"]
            assert len(b.transfer.attempts) == 2

    run_virtual(scene())


def test_a_second_request_cancels_the_upload_that_is_under_way() -> None:
    async def scene() -> None:
        async with bench(secure()) as b:
            b.transfer.failures = 1
            await get_log(b, LogType.SECURITY_LOG)
            await b.pass_time(2)
            second = await get_log(b, LogType.SECURITY_LOG, 4)
            assert second.status is LogStatus.ACCEPTED_CANCELED
            await b.pass_time(30)
            assert statuses(b) == ["Uploading 3", "Uploading 4", "Uploaded 4"]

    run_virtual(scene())


def test_a_time_frame_without_events_leaves_nothing_to_upload() -> None:
    async def scene() -> None:
        async with bench(secure()) as b:
            answer = await get_log(b, LogType.SECURITY_LOG, oldest_timestamp=b.at(60))
            await b.pass_time(5)
            assert answer == GetLogConf(status=LogStatus.ACCEPTED)
            assert statuses(b) == []

    run_virtual(scene())


def test_triggered_statuses_are_idle_unless_something_is_under_way() -> None:
    async def scene() -> None:
        async with bench(secure()) as b:
            b.transfer.shelf[FILE] = CONTENT
            triggers = (
                ExtendedMessageTrigger.LOG_STATUS_NOTIFICATION,
                ExtendedMessageTrigger.FIRMWARE_STATUS_NOTIFICATION,
            )
            for wanted in triggers:
                await b.central.call(ExtendedTriggerMessage(requested_message=wanted))
            await b.pass_time(1)
            assert (statuses(b), progress(b)) == (["Idle None"], ["Idle None"])
            await update(b, in_s=60)
            await b.central.call(ExtendedTriggerMessage(requested_message=triggers[1]))
            await b.pass_time(1)
            assert progress(b)[1:] == ["DownloadScheduled 7", "DownloadScheduled 7"]

    run_virtual(scene())


def test_the_other_triggers_work_as_in_trigger_message() -> None:
    async def scene() -> None:
        async with bench(secure()) as b:
            for wanted, connector_id, expected in (
                (ExtendedMessageTrigger.HEARTBEAT, None, "Accepted"),
                (ExtendedMessageTrigger.STATUS_NOTIFICATION, 2, "Accepted"),
                (ExtendedMessageTrigger.STATUS_NOTIFICATION, 9, "Rejected"),
                (ExtendedMessageTrigger.BOOT_NOTIFICATION, None, "Rejected"),
            ):
                answer = await b.central.call(
                    ExtendedTriggerMessage(requested_message=wanted, connector_id=connector_id)
                )
                assert answer.status == expected
            await b.pass_time(1)
            sent = [type(one.request).__name__ for one in b.central.received]
            assert sent == ["Heartbeat", "StatusNotification"]

    run_virtual(scene())

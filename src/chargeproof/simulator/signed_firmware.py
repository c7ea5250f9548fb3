"""SignedUpdateFirmware: only what the manufacturer signed is installed (W§ L01)."""

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING

from cryptography import x509

from chargeproof.ocpp.security import (
    SignedFirmwareStatusNotification,
    SignedUpdateFirmware,
    SignedUpdateFirmwareConf,
)
from chargeproof.ocpp.security_enums import (
    CertificateUse,
    SecurityEvent,
    SignedFirmwareStatus,
    UpdateFirmwareStatus,
)
from chargeproof.simulator.certificates import (
    CertificateError,
    check_chain,
    check_signature,
    may_sign_files,
    read_chain,
)
from chargeproof.simulator.firmware import VERSION, announced_version
from chargeproof.simulator.ports import TransferError

if TYPE_CHECKING:
    from chargeproof.simulator.station import SimulatedStation

TO_TELL = "signed_firmware_status_to_tell"
UNDER_WAY_NO_MORE = frozenset(
    {
        SignedFirmwareStatus.DOWNLOAD_FAILED,
        SignedFirmwareStatus.INSTALLATION_FAILED,
        SignedFirmwareStatus.INSTALLED,
        SignedFirmwareStatus.INVALID_SIGNATURE,
    }
)


class SignedFirmware:
    """One update at a time; a new request takes the place of the one before."""

    def __init__(self, station: "SimulatedStation") -> None:
        self.station = station
        self.status = SignedFirmwareStatus.IDLE
        self.request_id: int | None = None
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """After a boot: what the reboot left to be told."""
        left = self.station.memory.pop(TO_TELL, None)
        if left is not None:
            self.request_id = left["request_id"]
            self.station.report_signed_firmware_status(SignedFirmwareStatus.INSTALLED)
            self.station.secured().log.note(SecurityEvent.FIRMWARE_UPDATED, left["info"])

    def answer(self, request: SignedUpdateFirmware) -> SignedUpdateFirmwareConf:
        station = self.station
        try:
            chain = self.check_certificate(request)
        except CertificateError as error:
            station.secured().log.note(SecurityEvent.INVALID_FIRMWARE_SIGNING_CERTIFICATE, str(error))
            return SignedUpdateFirmwareConf(status=UpdateFirmwareStatus.INVALID_CERTIFICATE)
        if self.is_revoked(chain):
            station.secured().log.note(
                SecurityEvent.INVALID_FIRMWARE_SIGNING_CERTIFICATE, "the signing certificate is revoked"
            )
            return SignedUpdateFirmwareConf(status=UpdateFirmwareStatus.REVOKED_CERTIFICATE)
        return self.begin_update(request)

    def begin_update(self, request: SignedUpdateFirmware) -> SignedUpdateFirmwareConf:
        """Its certificate is believed: fetch the file, check it, install it."""
        station, status = self.station, UpdateFirmwareStatus.ACCEPTED
        if self._task is not None and not self._task.done():
            self._task.cancel()
            status = UpdateFirmwareStatus.ACCEPTED_CANCELED
        self.request_id = request.request_id
        self._task = station.spawn(station.update_signed_firmware(request), "update signed firmware")
        return SignedUpdateFirmwareConf(status=status)

    def check_certificate(self, request: SignedUpdateFirmware) -> list[x509.Certificate]:
        """The signing certificate and those above it. Raises CertificateError."""
        chain = read_chain(request.firmware.signing_certificate)
        check_chain(chain, self._roots(), self.station.now())
        if not may_sign_files(chain[0]):
            raise CertificateError("the certificate is not for signatures")
        return chain

    def is_revoked(self, chain: list[x509.Certificate]) -> bool:
        security = self.station.model.security
        revoked = {serial.lower().lstrip("0") for serial in security.revoked_serials} if security else set()
        return any(f"{certificate.serial_number:x}" in revoked for certificate in chain)

    async def update(self, request: SignedUpdateFirmware) -> None:
        station, tell = self.station, self.station.report_signed_firmware_status
        await self._wait_until(request.firmware.retrieve_date_time, SignedFirmwareStatus.DOWNLOAD_SCHEDULED)
        content = await self.fetch(request)
        if content is None:
            tell(SignedFirmwareStatus.DOWNLOAD_FAILED)
            return
        tell(SignedFirmwareStatus.DOWNLOADED)
        try:
            station.check_firmware(request, content)
        except CertificateError as error:
            tell(SignedFirmwareStatus.INVALID_SIGNATURE)
            station.secured().log.note(SecurityEvent.INVALID_FIRMWARE_SIGNATURE, str(error))
            return
        tell(SignedFirmwareStatus.SIGNATURE_VERIFIED)
        if request.firmware.install_date_time is not None:
            await self._wait_until(request.firmware.install_date_time, SignedFirmwareStatus.INSTALL_SCHEDULED)
        if station.model.firmware.waits_for_sessions:
            await station.transactions.all_ended()
        await self.install(request, content)

    def check(self, request: SignedUpdateFirmware, content: bytes) -> None:
        """Raises CertificateError unless the signature is that of the signing certificate over the file."""
        certificate = read_chain(request.firmware.signing_certificate)[0]
        check_signature(certificate, request.firmware.signature, content)

    async def fetch(self, request: SignedUpdateFirmware) -> bytes | None:
        """The file, or None when every attempt failed; `retries` come on top of the first one."""
        for attempt in range(1 + (request.retries or 0)):
            if attempt:
                await asyncio.sleep(request.retry_interval or 0)
            self.station.report_signed_firmware_status(SignedFirmwareStatus.DOWNLOADING)
            try:
                return await self.station.transfer.download(request.firmware.location)
            except TransferError:
                continue
        return None

    async def install(self, request: SignedUpdateFirmware, content: bytes) -> None:
        station, tell = self.station, self.station.report_signed_firmware_status
        tell(SignedFirmwareStatus.INSTALLING)
        await asyncio.sleep(station.model.timing.install_s)
        if not content.strip():
            tell(SignedFirmwareStatus.INSTALLATION_FAILED)
            return
        version = announced_version(content, request.firmware.location)
        if version is not None:
            station.memory[VERSION] = version
        station.memory[TO_TELL] = {"request_id": request.request_id, "info": version}
        tell(SignedFirmwareStatus.INSTALL_REBOOTING)
        await station.messages_sent(within_s=station.model.timing.stop_grace_s)
        station.reboot_for_firmware()

    def report(self, status: SignedFirmwareStatus) -> None:
        self.status = status
        self.station.outbox.post(SignedFirmwareStatusNotification(status=status, request_id=self.request_id))

    def current(self) -> SignedFirmwareStatusNotification:
        """For a trigger: Idle unless an update is under way."""
        idle = self._task is None or self._task.done() or self.status in UNDER_WAY_NO_MORE
        if idle:
            return SignedFirmwareStatusNotification(status=SignedFirmwareStatus.IDLE)
        return SignedFirmwareStatusNotification(status=self.status, request_id=self.request_id)

    async def _wait_until(self, moment: datetime, waiting: SignedFirmwareStatus) -> None:
        delay_s = (moment - self.station.now()).total_seconds()
        if delay_s > 0:
            self.station.report_signed_firmware_status(waiting)
            await asyncio.sleep(delay_s)

    def _roots(self) -> list[x509.Certificate]:
        return self.station.secured().certificates.trusted(CertificateUse.MANUFACTURER_ROOT)

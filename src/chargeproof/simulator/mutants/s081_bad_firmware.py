"""Stations that install what they must not install, or do not tell of it (TC_081)."""

import contextlib

import msgspec

from chargeproof.ocpp import UpdateFirmware, UpdateFirmwareConf
from chargeproof.ocpp.security import (
    SecurityEventNotification,
    SignedUpdateFirmware,
    SignedUpdateFirmwareConf,
)
from chargeproof.ocpp.security_enums import SecurityEvent, SignedFirmwareStatus, UpdateFirmwareStatus
from chargeproof.simulator.certificates import CertificateError
from chargeproof.simulator.model import SecurityModel, load_model
from chargeproof.simulator.mutants.registry import mutant
from chargeproof.simulator.ports import TransferError
from chargeproof.simulator.station import SimulatedStation

S = SignedFirmwareStatus
OPEN_TO_ALL = msgspec.structs.replace(
    load_model("secure"), security=SecurityModel(takes_unsigned_firmware=True)
)

# ── TC_081a: a bad signature ─────────────────────────────────────────────────────────────────────────


@mutant(
    fails="TC_081a",
    because="SignatureVerified was reported for firmware with a bad signature",
    model="secure",
)
class InstallsWhateverItFetches(SimulatedStation):
    """Checks no signature."""

    def check_firmware(self, request: SignedUpdateFirmware, content: bytes) -> None:
        return


class _FindsABadSignature(SimulatedStation):
    """Does something of its own once it has found that a signature is bad."""

    def found(self, request: SignedUpdateFirmware, content: bytes) -> None:
        raise NotImplementedError

    def check_firmware(self, request: SignedUpdateFirmware, content: bytes) -> None:
        try:
            super().check_firmware(request, content)
        except CertificateError:
            self.found(request, content)
            raise


@mutant(fails="TC_081a", because="the station rebooted after firmware with a bad signature", model="secure")
class InstallsWhatItRefused(_FindsABadSignature):
    """Reports InvalidSignature, and boots with the file all the same."""

    def found(self, request: SignedUpdateFirmware, content: bytes) -> None:
        self.spawn(self._boot(), "boot with it")

    async def _boot(self) -> None:
        await self.messages_sent(within_s=10)
        self.reboot_for_firmware()


@mutant(fails="TC_081a", because="InvalidSignature was not reported", model="secure")
class BadSignatureIsAFailure(SimulatedStation):
    """Reports InstallationFailed in place of InvalidSignature."""

    def report_signed_firmware_status(self, status: SignedFirmwareStatus) -> None:
        said = S.INSTALLATION_FAILED if status is S.INVALID_SIGNATURE else status
        super().report_signed_firmware_status(said)


@mutant(fails="TC_081a", because="InvalidSignature was not reported", model="secure")
class BadSignatureUntold(SimulatedStation):
    """Says nothing after Downloaded."""

    def report_signed_firmware_status(self, status: SignedFirmwareStatus) -> None:
        if status is not S.INVALID_SIGNATURE:
            super().report_signed_firmware_status(status)


@mutant(fails="TC_081a", because="InvalidSignature was reported with another requestId", model="secure")
class BadSignatureOfAnotherRequest(SimulatedStation):
    """Tells InvalidSignature of the request number 0."""

    def report_signed_firmware_status(self, status: SignedFirmwareStatus) -> None:
        if status is S.INVALID_SIGNATURE:
            self.secured().firmware.request_id = 0
        super().report_signed_firmware_status(status)


@mutant(
    fails="TC_081a",
    because="SignedUpdateFirmware with a good certificate was answered with Rejected",
    model="secure",
)
class SecondUpdateRejected(SimulatedStation):
    """Rejects an update to the version that it has, whatever its certificate is worth."""

    def answer_signed_update_firmware(self, request: SignedUpdateFirmware) -> SignedUpdateFirmwareConf | None:
        with contextlib.suppress(CertificateError):
            self.secured().firmware.check_certificate(request)
            if self.memory.get("accepted"):
                return SignedUpdateFirmwareConf(status=UpdateFirmwareStatus.REJECTED)
            self.memory["accepted"] = True
        return super().answer_signed_update_firmware(request)


# ── TC_081b: its event ───────────────────────────────────────────────────────────────────────────────


@mutant(fails="TC_081b", because="InvalidFirmwareSignature did not follow the bad signature", model="secure")
class BadSignatureIsNoEvent(SimulatedStation):
    """Writes a bad signature into its log alone."""

    def report_security_event(self, notification: SecurityEventNotification) -> None:
        if notification.type != SecurityEvent.INVALID_FIRMWARE_SIGNATURE:
            super().report_security_event(notification)


# ── TC_081c: a bad certificate ───────────────────────────────────────────────────────────────────────


class _Believes(SimulatedStation):
    """Believes a signing certificate that it must not believe; the signature it checks."""

    believed = ""

    def answer_signed_update_firmware(self, request: SignedUpdateFirmware) -> SignedUpdateFirmwareConf | None:
        firmware = self.secured().firmware
        try:
            firmware.check_certificate(request)
        except CertificateError as error:
            if self.believed in str(error):
                return firmware.begin_update(request)
        return super().answer_signed_update_firmware(request)


@mutant(
    fails="TC_081c",
    because="SignedUpdateFirmware with a signing certificate of an unknown authority was answered with Accepted",
    model="secure",
)
class BelievesAStranger(_Believes):
    """Installs what anybody signed."""

    believed = "no trusted root"


@mutant(
    fails="TC_081c",
    because="SignedUpdateFirmware with an expired signing certificate was answered with Accepted",
    model="secure",
)
class BelievesAnExpiredSigner(_Believes):
    """Does not look at the time in which a signing certificate is valid."""

    believed = "it expired"


@mutant(
    fails="TC_081c",
    because="SignedUpdateFirmware with a signing certificate of an unknown authority was answered with Rejected",
    model="secure",
)
class BadSignerRejected(SimulatedStation):
    """Says Rejected where InvalidCertificate belongs."""

    def answer_signed_update_firmware(self, request: SignedUpdateFirmware) -> SignedUpdateFirmwareConf | None:
        answer = super().answer_signed_update_firmware(request)
        if answer is not None and answer.status is UpdateFirmwareStatus.INVALID_CERTIFICATE:
            return SignedUpdateFirmwareConf(status=UpdateFirmwareStatus.REJECTED)
        return answer


@mutant(fails="TC_081c", because="the file was fetched although", model="secure")
class FetchesWhatItRefused(SimulatedStation):
    """Answers InvalidCertificate, and fetches the file."""

    def answer_signed_update_firmware(self, request: SignedUpdateFirmware) -> SignedUpdateFirmwareConf | None:
        answer = super().answer_signed_update_firmware(request)
        if answer is not None and answer.status is UpdateFirmwareStatus.INVALID_CERTIFICATE:
            self.spawn(self._fetch(request), "fetch")
        return answer

    async def _fetch(self, request: SignedUpdateFirmware) -> None:
        with contextlib.suppress(TransferError):
            await self.transfer.download(request.firmware.location)


# ── TC_081d: its event ───────────────────────────────────────────────────────────────────────────────


@mutant(
    fails="TC_081d",
    because="InvalidFirmwareSigningCertificate did not follow a signing certificate of an unknown authority",
    model="secure",
)
class BadSignerIsNoEvent(SimulatedStation):
    """Writes a bad signing certificate into its log alone."""

    def report_security_event(self, notification: SecurityEventNotification) -> None:
        if notification.type != SecurityEvent.INVALID_FIRMWARE_SIGNING_CERTIFICATE:
            super().report_security_event(notification)


# ── TC_081e: no signature at all ─────────────────────────────────────────────────────────────────────


@mutant(fails="TC_081e", because="unsigned firmware was fetched", model=OPEN_TO_ALL)
class InstallsUnsignedFirmware(SimulatedStation):
    """Checks what comes with SignedUpdateFirmware, and installs whatever comes with UpdateFirmware."""


@mutant(fails="TC_081e", because="unsigned firmware was not refused", model="secure")
class TakesUnsignedFirmwareOn(SimulatedStation):
    """Answers UpdateFirmware as if it were to do it, and does not."""

    def answer_update_firmware(self, request: UpdateFirmware) -> UpdateFirmwareConf | None:
        return UpdateFirmwareConf()

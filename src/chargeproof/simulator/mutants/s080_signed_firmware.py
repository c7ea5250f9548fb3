"""Stations that get a signed update wrong (TC_080)."""

from chargeproof.ocpp.security import (
    SecurityEventNotification,
    SignedFirmwareStatusNotification,
    SignedUpdateFirmware,
    SignedUpdateFirmwareConf,
)
from chargeproof.ocpp.security_enums import SecurityEvent, SignedFirmwareStatus, UpdateFirmwareStatus
from chargeproof.simulator.certificates import CertificateError
from chargeproof.simulator.firmware import VERSION
from chargeproof.simulator.mutants.registry import mutant
from chargeproof.simulator.signed_firmware import TO_TELL
from chargeproof.simulator.station import SimulatedStation

S = SignedFirmwareStatus

# ── TC_080a: what is told ────────────────────────────────────────────────────────────────────────────


@mutant(fails="TC_080a", because="SignedUpdateFirmware was answered with Rejected", model="secure")
class SignedUpdateRejected(SimulatedStation):
    """Rejects firmware that is signed rightly; a certificate that is not, it knows."""

    def answer_signed_update_firmware(self, request: SignedUpdateFirmware) -> SignedUpdateFirmwareConf | None:
        if self.memory.get("rejected"):
            return super().answer_signed_update_firmware(request)
        self.memory["rejected"] = True
        return SignedUpdateFirmwareConf(status=UpdateFirmwareStatus.REJECTED)


class _TellsOtherwise(SimulatedStation):
    """Tells a good update in its own way; of one with a bad signature it tells as it should."""

    def told(self, status: SignedFirmwareStatus) -> tuple[SignedFirmwareStatus, ...]:
        raise NotImplementedError

    def report_signed_firmware_status(self, status: SignedFirmwareStatus) -> None:
        for each in (status,) if self.is_bad() else self.told(status):
            super().report_signed_firmware_status(each)

    def is_bad(self) -> bool:
        return bool(self.memory.get("bad"))

    def check_firmware(self, request: SignedUpdateFirmware, content: bytes) -> None:
        self.memory["bad"] = True
        super().check_firmware(request, content)
        self.memory["bad"] = False


@mutant(fails="TC_080a", because="SignatureVerified was not reported", model="secure")
class VerificationUntold(_TellsOtherwise):
    """Does not tell that it checked the signature."""

    def told(self, status: SignedFirmwareStatus) -> tuple[SignedFirmwareStatus, ...]:
        return () if status is S.SIGNATURE_VERIFIED else (status,)


@mutant(fails="TC_080a", because="SignatureVerified was reported after Installing", model="secure")
class VerifiedAfterInstalling(_TellsOtherwise):
    """Checks the signature of what it has begun to install."""

    def told(self, status: SignedFirmwareStatus) -> tuple[SignedFirmwareStatus, ...]:
        return {S.SIGNATURE_VERIFIED: (S.INSTALLING,), S.INSTALLING: (S.SIGNATURE_VERIFIED,)}.get(
            status, (status,)
        )


@mutant(fails="TC_080a", because="Downloading was not reported", model="secure")
class SignedDownloadUntold(_TellsOtherwise):
    """Does not tell that it downloads."""

    def told(self, status: SignedFirmwareStatus) -> tuple[SignedFirmwareStatus, ...]:
        return () if status is S.DOWNLOADING and not self.memory.get("tried") else (status,)

    def check_firmware(self, request: SignedUpdateFirmware, content: bytes) -> None:
        self.memory["tried"] = True
        super().check_firmware(request, content)


@mutant(fails="TC_080a", because="Downloaded was not reported", model="secure")
class SignedDownloadedUntold(_TellsOtherwise):
    """Does not tell that the file is there."""

    def told(self, status: SignedFirmwareStatus) -> tuple[SignedFirmwareStatus, ...]:
        return () if status is S.DOWNLOADED else (status,)


@mutant(fails="TC_080a", because="Installed was not reported", model="secure")
class SignedInstallationUntold(_TellsOtherwise):
    """Installs and reboots, and never tells that it is installed."""

    def told(self, status: SignedFirmwareStatus) -> tuple[SignedFirmwareStatus, ...]:
        return () if status is S.INSTALLED else (status,)


@mutant(fails="TC_080a", because="the update ended with InstallationFailed", model="secure")
class SignedInstallationFails(_TellsOtherwise):
    """Calls its installation a failure and a success."""

    def told(self, status: SignedFirmwareStatus) -> tuple[SignedFirmwareStatus, ...]:
        return (S.INSTALLATION_FAILED, S.INSTALLED) if status is S.INSTALLED else (status,)


@mutant(fails="TC_080a", because="the update ended with InvalidSignature", model="secure")
class GoodSignatureRefused(SimulatedStation):
    """Believes no signature."""

    def check_firmware(self, request: SignedUpdateFirmware, content: bytes) -> None:
        super().check_firmware(request, content)
        raise CertificateError("the signature does not fit the file")


@mutant(
    fails=("TC_080a", "TC_081a"),
    because="Downloading was reported without a requestId",
    model="secure",
)
class SignedWithoutRequestId(SimulatedStation):
    """Never says which update it tells of: neither of a good one nor of a bad one."""

    def report_signed_firmware_status(self, status: SignedFirmwareStatus) -> None:
        self.outbox.post(SignedFirmwareStatusNotification(status=status))


@mutant(fails="TC_080a", because="Installed was reported with another requestId", model="secure")
class SignedRequestIdForgotten(SimulatedStation):
    """Has forgotten the request's id after its reboot."""

    def report_signed_firmware_status(self, status: SignedFirmwareStatus) -> None:
        if status is S.INSTALLED:
            self.secured().firmware.request_id = 0
        super().report_signed_firmware_status(status)


# ── TC_080b: the file ────────────────────────────────────────────────────────────────────────────────


@mutant(fails="TC_080b", because="the firmware file was not fetched from our server", model="secure")
class SignedUpdateNeverFetches(SimulatedStation):
    """Goes through the whole update, with a file that it had."""

    async def update_signed_firmware(self, request: SignedUpdateFirmware) -> None:
        if self.memory.get("updated"):
            await super().update_signed_firmware(request)
            return
        self.memory["updated"] = True
        for status in (S.DOWNLOADING, S.DOWNLOADED, S.SIGNATURE_VERIFIED):
            self.report_signed_firmware_status(status)
        await self.secured().firmware.install(request, b"version: 9.9.1\n")


# ── TC_080c: the new version ─────────────────────────────────────────────────────────────────────────


@mutant(fails="TC_080c", because="the station tells its old version after the update", model="secure")
class SignedUpdateKeepsVersion(SimulatedStation):
    """Tells of an installation, reboots, and is what it was."""

    def reboot_for_firmware(self) -> None:
        self.memory[VERSION] = self.model.firmware_version
        super().reboot_for_firmware()


@mutant(fails="TC_080c", because="no BootNotification came with the new firmware", model="secure")
class SignedUpdateNeverBoots(SimulatedStation):
    """Tells that it is installed, and waits for somebody to reboot it."""

    def reboot_for_firmware(self) -> None:
        left = self.memory.pop(TO_TELL, None)
        if left is not None:
            self.report_signed_firmware_status(S.INSTALLED)
            self.secured().log.note(SecurityEvent.FIRMWARE_UPDATED)


# ── TC_080d: the event ───────────────────────────────────────────────────────────────────────────────


@mutant(fails="TC_080d", because="FirmwareUpdated did not follow the installation", model="secure")
class UpdateIsNoEvent(SimulatedStation):
    """Writes the update into its log alone."""

    def report_security_event(self, notification: SecurityEventNotification) -> None:
        if notification.type != SecurityEvent.FIRMWARE_UPDATED:
            super().report_security_event(notification)

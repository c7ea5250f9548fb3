"""Odd but lawful: certificates, the security log and signed firmware."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from chargeproof.ocpp import ErrorCode, TriggerMessageStatus
from chargeproof.ocpp.security import (
    CertificateHashData,
    ExtendedTriggerMessage,
    ExtendedTriggerMessageConf,
    GetInstalledCertificateIds,
    GetInstalledCertificateIdsConf,
    GetLog,
    GetLogConf,
    LogStatusNotification,
    SecurityEventNotification,
    SignedUpdateFirmware,
)
from chargeproof.ocpp.security_enums import (
    ExtendedMessageTrigger,
    HashAlgorithm,
    SecurityEvent,
    SignedFirmwareStatus,
    UploadLogStatus,
)
from chargeproof.simulator.certificates import signing_request
from chargeproof.simulator.link import Refused
from chargeproof.simulator.model import StationModel, load_model
from chargeproof.simulator.odd.registry import odd
from chargeproof.simulator.signed_firmware import TO_TELL
from chargeproof.simulator.station import SimulatedStation

S = SignedFirmwareStatus


def secure(**keys: str) -> StationModel:
    """The secure model with other values of configuration keys."""
    model = load_model("secure")
    for key, value in keys.items():
        model = model.with_key(key, value=value)
    return model


# ── what a station may lack ──────────────────────────────────────────────────────────────────────────


class _Lacks(SimulatedStation):
    """Does not know some of the messages."""

    lacking: tuple[type, ...] = ()

    def security_answers(self) -> dict[type, Any]:
        known = super().security_answers()
        return {**known, **dict.fromkeys(self.lacking, self._unknown)}

    def _unknown(self, _request: Any) -> None:
        raise Refused(ErrorCode.NOT_SUPPORTED, "not in this firmware")


@odd(
    note="signed firmware and a security log, and no log by GetLog (not applicable)",
    model="secure",
    group="security",
)
class GivesNoLog(_Lacks):
    """Knows no GetLog."""

    lacking = (GetLog,)


@odd(note="updates by its maker's own way alone (not applicable)", model="secure", group="security")
class TakesNoSignedFirmware(_Lacks):
    """Knows no SignedUpdateFirmware."""

    lacking = (SignedUpdateFirmware,)


@odd(
    note="ends at security profile 2: it has no certificate of its own to renew (not applicable)",
    model="secure",
    group="security",
)
class HasNoCertificateOfItsOwn(SimulatedStation):
    """Answers the trigger with NotImplemented."""

    def answer_extended_trigger_message(
        self, request: ExtendedTriggerMessage
    ) -> ExtendedTriggerMessageConf | None:
        if request.requested_message is ExtendedMessageTrigger.SIGN_CHARGE_POINT_CERTIFICATE:
            return ExtendedTriggerMessageConf(status=TriggerMessageStatus.NOT_IMPLEMENTED)
        return super().answer_extended_trigger_message(request)


# ── the station's own certificate ────────────────────────────────────────────────────────────────────


class _MakesItsOwnRequest(SimulatedStation):
    """Makes a key and a request in its own way."""

    def common_name(self) -> str:
        return self.charge_point_id

    def build_signing_request(self, key_pem: str) -> str:
        key = ec.generate_private_key(ec.SECP384R1())
        made = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        self.secured().certificates.keep_pending_key(made)
        return signing_request(made, self.common_name(), self.configuration.text("CpoName"))


@odd(note="keys of 384 bits", model=secure(SecurityProfile="3"), group="security")
class HasLongKeys(_MakesItsOwnRequest):
    """Makes keys on the curve P-384."""


@odd(
    note="the common name is its serial number, as W§ A00.FR.511 has it (remark; our authority refuses it)",
    model="secure",
    group="security",
)
class NamedByItsSerialNumber(_MakesItsOwnRequest):
    """Knows nothing of charge point ids."""

    def common_name(self) -> str:
        return self.model.serial_number or ""


@odd(
    note="takes a hundred seconds for a key pair; W§ A02 gives no time",
    model="secure",
    group="security",
)
class MakesKeysSlowly(SimulatedStation):
    """Has a small processor."""

    def answer_extended_trigger_message(
        self, request: ExtendedTriggerMessage
    ) -> ExtendedTriggerMessageConf | None:
        if request.requested_message is not ExtendedMessageTrigger.SIGN_CHARGE_POINT_CERTIFICATE:
            return super().answer_extended_trigger_message(request)
        self.spawn(self._slowly(), "request certificate")
        return ExtendedTriggerMessageConf(status=TriggerMessageStatus.ACCEPTED)

    async def _slowly(self) -> None:
        await asyncio.sleep(100.0)
        await self.secured().request_certificate()


@odd(
    note="shows its new certificate from the next connection on, and ends none for it",
    model=secure(SecurityProfile="3"),
    group="security",
)
class KeepsItsConnection(SimulatedStation):
    """Waits for somebody to close the connection."""

    def spawn(self, work: Coroutine[Any, Any, Any], name: str) -> Any:
        if name == "reconnect" and "security_settings_before" not in self.memory:
            work.close()
            return None
        return super().spawn(work, name)


@odd(note="tells of security events a quarter of a minute later", model="secure", group="security")
class TellsEventsLater(SimulatedStation):
    """Has more important things to do."""

    def report_security_event(self, notification: SecurityEventNotification) -> None:
        self.spawn(self._later(notification), "tell an event")

    async def _later(self, notification: SecurityEventNotification) -> None:
        await asyncio.sleep(15.0)
        super().report_security_event(notification)


# ── roots ────────────────────────────────────────────────────────────────────────────────────────────


class _ListsOtherwise(SimulatedStation):
    """Names its roots in its own way."""

    def named(self, data: CertificateHashData) -> CertificateHashData:
        raise NotImplementedError

    def answer_get_installed_certificate_ids(
        self, request: GetInstalledCertificateIds
    ) -> GetInstalledCertificateIdsConf | None:
        answer = super().answer_get_installed_certificate_ids(request)
        if answer is None or not answer.certificate_hash_data:
            return answer
        named = [self.named(data) for data in answer.certificate_hash_data]
        return GetInstalledCertificateIdsConf(status=answer.status, certificate_hash_data=named)


@odd(note="hashes in upper case (W§6.1 says hexadecimal)", model="secure", group="security")
class WritesHashesInCapitals(_ListsOtherwise):
    """Likes capitals."""

    def named(self, data: CertificateHashData) -> CertificateHashData:
        return CertificateHashData(
            hash_algorithm=data.hash_algorithm,
            issuer_name_hash=data.issuer_name_hash.upper(),
            issuer_key_hash=data.issuer_key_hash.upper(),
            serial_number=data.serial_number.upper(),
        )


@odd(note="serial numbers with leading zeros (remark: W§6.1 wants none)", model="secure", group="security")
class WritesLeadingZeros(_ListsOtherwise):
    """Writes whole bytes, and one more."""

    def named(self, data: CertificateHashData) -> CertificateHashData:
        return CertificateHashData(
            hash_algorithm=data.hash_algorithm,
            issuer_name_hash=data.issuer_name_hash,
            issuer_key_hash=data.issuer_key_hash,
            serial_number=data.serial_number.zfill(40)[-40:],
        )


@odd(note="SHA-512 where others take SHA-256", model="secure", group="security")
class HashesWithSha512(SimulatedStation):
    """Takes the longest hash that there is."""

    def answer_get_installed_certificate_ids(
        self, request: GetInstalledCertificateIds
    ) -> GetInstalledCertificateIdsConf | None:
        answer = super().answer_get_installed_certificate_ids(request)
        if answer is None or not answer.certificate_hash_data:
            return answer
        store = self.secured().certificates
        roots = store.roots(request.certificate_type)
        named = [store.hash_data(root, HashAlgorithm.SHA512) for root in roots]
        return GetInstalledCertificateIdsConf(status=answer.status, certificate_hash_data=named)


@odd(
    note="AdditionalRootCertificateCheck: a root of the central system must be signed by the old one "
    "(M05.FR.08; not applicable for that use)",
    model=secure(AdditionalRootCertificateCheck="true"),
    group="security",
)
class ChecksNewRoots(SimulatedStation):
    """Takes no stranger's root."""


@odd(
    note="the store for certificates is full (M05.FR.03; nothing can be tried)",
    model=secure(CertificateStoreMaxLength="2"),
    group="security",
)
class HasAFullStore(SimulatedStation):
    """Has two certificates, and room for two."""


# ── the security log ─────────────────────────────────────────────────────────────────────────────────


@odd(note="the log in a form that only its maker reads (remark)", model="secure", group="security")
class WritesLogsInItsOwnForm(SimulatedStation):
    """Seals its log."""

    def log_content(self, request: GetLog) -> str:
        return "".join(chr(0x21 + ord(letter) % 0x50) for letter in super().log_content(request))


@odd(note="a file name with a path in it", model="secure", group="security")
class NamesLogsWithPath(SimulatedStation):
    """Names its log as it lies in its flash."""

    def answer_get_log(self, request: GetLog) -> GetLogConf | None:
        answer = super().answer_get_log(request)
        if answer is None or not answer.filename:
            return answer
        return GetLogConf(status=answer.status, filename=f"/var/log/{answer.filename}")


@odd(note="Uploading thrice, and Idle after Uploaded", model="secure", group="security")
class TellsUploadsAtLength(SimulatedStation):
    """Tells its state again and again."""

    def report_log_status(self, status: UploadLogStatus, request_id: int) -> None:
        for _ in range(3 if status is UploadLogStatus.UPLOADING else 1):
            super().report_log_status(status, request_id)
        if status is UploadLogStatus.UPLOADED:
            self.outbox.post(LogStatusNotification(status=UploadLogStatus.IDLE))


@odd(note="collects its log for three minutes before it uploads it", model="secure", group="security")
class CollectsLogsForMinutes(SimulatedStation):
    """Has a large log."""

    def report_log_status(self, status: UploadLogStatus, request_id: int) -> None:
        if status is UploadLogStatus.UPLOADING:
            super().report_log_status(status, request_id)
        else:
            self.spawn(self._later(status, request_id), "tell of the log")

    async def _later(self, status: UploadLogStatus, request_id: int) -> None:
        await asyncio.sleep(180.0)
        super().report_log_status(status, request_id)


# ── signed firmware ──────────────────────────────────────────────────────────────────────────────────


class _TellsFirmware(SimulatedStation):
    """Tells other statuses than usual."""

    def told(self, status: SignedFirmwareStatus) -> tuple[SignedFirmwareStatus, ...]:
        raise NotImplementedError

    def report_signed_firmware_status(self, status: SignedFirmwareStatus) -> None:
        for each in self.told(status):
            super().report_signed_firmware_status(each)


@odd(
    note="its boot loader cannot speak: no Installing and no InstallRebooting (L01.FR.22)",
    model="secure",
    group="security",
)
class InstallsInSilence(_TellsFirmware):
    """Installs in its boot loader."""

    def told(self, status: SignedFirmwareStatus) -> tuple[SignedFirmwareStatus, ...]:
        return () if status in (S.INSTALLING, S.INSTALL_REBOOTING) else (status,)


@odd(
    note="every status twice, DownloadScheduled, DownloadPaused and InstallScheduled between them",
    model="secure",
    group="security",
)
class TellsUpdatesAtLength(_TellsFirmware):
    """Says everything twice, and more than others."""

    def told(self, status: SignedFirmwareStatus) -> tuple[SignedFirmwareStatus, ...]:
        between = {
            S.DOWNLOADING: (S.DOWNLOAD_SCHEDULED, S.DOWNLOADING, S.DOWNLOAD_PAUSED, S.DOWNLOADING),
            S.SIGNATURE_VERIFIED: (S.SIGNATURE_VERIFIED, S.INSTALL_SCHEDULED),
        }
        return between.get(status, (status, status))


@odd(note="Installed and FirmwareUpdated before the reboot", model="secure", group="security")
class TellsInstalledBeforeReboot(SimulatedStation):
    """Installs into a second partition."""

    def reboot_for_firmware(self) -> None:
        if self.memory.pop(TO_TELL, None) is not None:
            self.report_signed_firmware_status(S.INSTALLED)
            self.secured().log.note(SecurityEvent.FIRMWARE_UPDATED)
        asyncio.get_running_loop().call_later(30.0, self._reboot_now)

    def _reboot_now(self) -> None:
        if self.running:
            super().reboot_for_firmware()


@odd(note="boots twice after an update", model="secure", group="security")
class BootsTwiceForSignedFirmware(SimulatedStation):
    """Has two partitions."""

    _again = False

    def reboot_for_firmware(self) -> None:
        self._again = True
        super().reboot_for_firmware()

    def start_software(self) -> None:
        super().start_software()
        if self._again:
            self._again = False
            asyncio.get_running_loop().call_later(2.0, self._second_boot)

    def _second_boot(self) -> None:
        if self.running:
            super().reboot_for_firmware()


def _of_that_version() -> StationModel:
    return msgspec.structs.replace(load_model("secure"), firmware_version="9.9.1")


@odd(note="the file is of the version that it has (remark)", model=_of_that_version(), group="security")
class HasThatVersion(SimulatedStation):
    """Installs what it had."""

"""What a station with the security extension answers and tells: one method for each, to be overridden."""

from datetime import datetime
from typing import Any

from cryptography import x509

from chargeproof.ocpp import (
    ChangeConfiguration,
    ChangeConfigurationConf,
    ErrorCode,
    MessageTrigger,
    TriggerMessage,
    TriggerMessageStatus,
)
from chargeproof.ocpp.messages import Request
from chargeproof.ocpp.security import (
    CertificateHashData,
    CertificateSigned,
    CertificateSignedConf,
    DeleteCertificate,
    DeleteCertificateConf,
    ExtendedTriggerMessage,
    ExtendedTriggerMessageConf,
    GetInstalledCertificateIds,
    GetInstalledCertificateIdsConf,
    GetLog,
    GetLogConf,
    InstallCertificate,
    InstallCertificateConf,
    SecurityEventNotification,
    SignedUpdateFirmware,
    SignedUpdateFirmwareConf,
)
from chargeproof.ocpp.security_enums import (
    ExtendedMessageTrigger,
    HashAlgorithm,
    SecurityEvent,
    SignedFirmwareStatus,
    UploadLogStatus,
)
from chargeproof.simulator.charging import Charging
from chargeproof.simulator.link import Refused
from chargeproof.simulator.ports import DialCredentials, Wire
from chargeproof.simulator.root_certificates import RootCertificates
from chargeproof.simulator.security import Security


class SecurityAnswers(Charging):
    """`secured` is where it all is; it raises Refused on a model without the extension."""

    def secured(self) -> Security:
        if self.security is None:
            raise Refused(ErrorCode.NOT_IMPLEMENTED, "this station has no security extension")
        return self.security

    def security_answers(self) -> dict[type[Request], Any]:
        """The method for each call of the extension."""
        return {
            CertificateSigned: self.answer_certificate_signed,
            DeleteCertificate: self.answer_delete_certificate,
            ExtendedTriggerMessage: self.answer_extended_trigger_message,
            GetInstalledCertificateIds: self.answer_get_installed_certificate_ids,
            GetLog: self.answer_get_log,
            InstallCertificate: self.answer_install_certificate,
            SignedUpdateFirmware: self.answer_signed_update_firmware,
        }

    # Connecting

    async def open_socket(self) -> Wire:
        if self.security is None:
            return await super().open_socket()
        return await self.security.open_socket()

    def credentials(self) -> DialCredentials:
        """What is shown to the central system when it is dialled."""
        return self.secured().credentials()

    def fall_back(self) -> None:
        """New settings led to no connection."""
        self.secured().fall_back()

    # Configuration

    def answer_change_configuration(self, request: ChangeConfiguration) -> ChangeConfigurationConf | None:
        if self.security is not None:
            status = self.security.change(request.key, request.value)
            if status is not None:
                return ChangeConfigurationConf(status=status)
        return ChangeConfigurationConf(status=self.configuration.change(request.key, request.value))

    # Certificates

    def answer_certificate_signed(self, request: CertificateSigned) -> CertificateSignedConf | None:
        return CertificateSignedConf(status=self.secured().take_certificate(request))

    def build_signing_request(self, key_pem: str) -> str:
        """The text of SignCertificate."""
        return self.secured().signing_request(key_pem)

    def check_own_certificate(self, chain_pem: str) -> None:
        """Raises CertificateError for a certificate that CertificateSigned must not install."""
        self.secured().check_own_certificate(chain_pem)

    def answer_install_certificate(self, request: InstallCertificate) -> InstallCertificateConf | None:
        return InstallCertificateConf(status=RootCertificates(self.as_station()).install(request))

    def answer_delete_certificate(self, request: DeleteCertificate) -> DeleteCertificateConf | None:
        return DeleteCertificateConf(status=RootCertificates(self.as_station()).delete(request))

    def answer_get_installed_certificate_ids(
        self, request: GetInstalledCertificateIds
    ) -> GetInstalledCertificateIdsConf | None:
        return RootCertificates(self.as_station()).installed(request)

    def name_root(self, root: x509.Certificate) -> CertificateHashData:
        """How an installed root is listed."""
        return self.secured().certificates.hash_data(root, HashAlgorithm.SHA256)

    # Logs

    def answer_get_log(self, request: GetLog) -> GetLogConf | None:
        return self.secured().log_upload.answer(request)

    def log_content(self, request: GetLog) -> str:
        return self.secured().log_upload.content(request)

    def log_file_name(self, request: GetLog) -> str:
        name = self.model.serial_number or self.charge_point_id
        return f"{name}_{request.log_type.value}_{self.now():%Y%m%dT%H%M%SZ}.log"

    def report_log_status(self, status: UploadLogStatus, request_id: int) -> None:
        self.secured().log_upload.report(status, request_id)

    def report_security_event(self, notification: SecurityEventNotification) -> None:
        """Tell the central system of an event as soon as it can be told."""
        self.outbox.post(notification)

    def on_notice_delivered(self, request: Request[Any], confirmation: Any) -> None:
        super().on_notice_delivered(request, confirmation)
        if isinstance(request, SecurityEventNotification) and self.security is not None:
            self.security.log.told(request)

    def synchronize_clock(self, current_time: datetime) -> None:
        before_s = self.offset_s
        super().synchronize_clock(current_time)
        if self.security is not None and self.offset_s != before_s:
            changed = f"by {self.offset_s - before_s:.1f} s"
            self.security.log.note(SecurityEvent.SETTING_SYSTEM_TIME, changed)

    # Firmware

    def answer_signed_update_firmware(self, request: SignedUpdateFirmware) -> SignedUpdateFirmwareConf | None:
        return self.secured().firmware.answer(request)

    async def update_signed_firmware(self, request: SignedUpdateFirmware) -> None:
        await self.secured().firmware.update(request)

    def check_firmware(self, request: SignedUpdateFirmware, content: bytes) -> None:
        """Raises CertificateError for a file that must not be installed."""
        self.secured().firmware.check(request, content)

    def report_signed_firmware_status(self, status: SignedFirmwareStatus) -> None:
        self.secured().firmware.report(status)

    # Triggers

    def answer_extended_trigger_message(
        self, request: ExtendedTriggerMessage
    ) -> ExtendedTriggerMessageConf | None:
        """The answer first, then the message, as for TriggerMessage (S§5.17)."""
        security, wanted = self.secured(), request.requested_message
        match wanted:
            case ExtendedMessageTrigger.SIGN_CHARGE_POINT_CERTIFICATE:
                self.spawn(security.request_certificate(), "request certificate")
            case ExtendedMessageTrigger.LOG_STATUS_NOTIFICATION:
                self.outbox.post(security.log_upload.current(), forced=True)
            case ExtendedMessageTrigger.FIRMWARE_STATUS_NOTIFICATION:
                self.outbox.post(security.firmware.current(), forced=True)
            case _:
                plain = TriggerMessage(
                    requested_message=MessageTrigger(wanted.value), connector_id=request.connector_id
                )
                return ExtendedTriggerMessageConf(status=self.remote_trigger.answer(plain).status)
        return ExtendedTriggerMessageConf(status=TriggerMessageStatus.ACCEPTED)

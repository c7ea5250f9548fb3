"""The security extension: "Improved security for OCPP 1.6-J", edition 3, cited as W§."""

from typing import Annotated

from msgspec import Meta

from chargeproof.ocpp.enums import TriggerMessageStatus
from chargeproof.ocpp.messages import (
    CiString50,
    CiString255,
    Confirmation,
    Integer,
    MayBeLeftOut,
    Part,
    Request,
    Role,
    Timestamp,
)
from chargeproof.ocpp.security_enums import (
    CertificateSignedStatus,
    CertificateUse,
    DeleteCertificateStatus,
    ExtendedMessageTrigger,
    GenericStatus,
    GetInstalledCertificateStatus,
    HashAlgorithm,
    InstallCertificateStatus,
    LogStatus,
    LogType,
    SignedFirmwareStatus,
    UpdateFirmwareStatus,
    UploadLogStatus,
)

Pem = Annotated[str, Meta(max_length=5500)]
PemChain = Annotated[str, Meta(max_length=10000)]
Hash = Annotated[str, Meta(max_length=128)]
SerialNumber = Annotated[str, Meta(max_length=40)]
RemoteLocation = Annotated[str, Meta(max_length=512)]
Signature = Annotated[str, Meta(max_length=800)]


class CertificateHashData(Part, kw_only=True, frozen=True):
    """What names a certificate: hashes of its issuer's name (DER) and public key, and its serial number.

    All three in hexadecimal digits; the serial number without leading zeros.
    """

    hash_algorithm: HashAlgorithm
    issuer_name_hash: Hash
    issuer_key_hash: Hash
    serial_number: SerialNumber


class CertificateSignedConf(Confirmation, kw_only=True, frozen=True):
    """The station took the certificate over, or not."""

    action = "CertificateSigned"

    status: CertificateSignedStatus


class CertificateSigned(Request[CertificateSignedConf], kw_only=True, frozen=True):
    """The certificate that SignCertificate asked for. ``certificate_chain``: PEM, the station's own first."""

    action = "CertificateSigned"
    conf = CertificateSignedConf
    sender = Role.CENTRAL_SYSTEM

    certificate_chain: PemChain


class DeleteCertificateConf(Confirmation, kw_only=True, frozen=True):
    """Whether the certificate is gone."""

    action = "DeleteCertificate"

    status: DeleteCertificateStatus


class DeleteCertificate(Request[DeleteCertificateConf], kw_only=True, frozen=True):
    """A root certificate is to be deleted."""

    action = "DeleteCertificate"
    conf = DeleteCertificateConf
    sender = Role.CENTRAL_SYSTEM

    certificate_hash_data: CertificateHashData


class ExtendedTriggerMessageConf(Confirmation, kw_only=True, frozen=True):
    """Whether the message will come."""

    action = "ExtendedTriggerMessage"

    status: TriggerMessageStatus


class ExtendedTriggerMessage(Request[ExtendedTriggerMessageConf], kw_only=True, frozen=True):
    """TriggerMessage with the messages of the extension. No ``connector_id``: the station and every connector."""

    action = "ExtendedTriggerMessage"
    conf = ExtendedTriggerMessageConf
    sender = Role.CENTRAL_SYSTEM

    requested_message: ExtendedMessageTrigger
    connector_id: MayBeLeftOut[Integer] = None


class GetInstalledCertificateIdsConf(Confirmation, kw_only=True, frozen=True):
    """The certificates of that use. NotFound: there are none."""

    action = "GetInstalledCertificateIds"

    status: GetInstalledCertificateStatus
    certificate_hash_data: MayBeLeftOut[Annotated[list[CertificateHashData], Meta(min_length=1)]] = None


class GetInstalledCertificateIds(Request[GetInstalledCertificateIdsConf], kw_only=True, frozen=True):
    """Which root certificates are installed for a use."""

    action = "GetInstalledCertificateIds"
    conf = GetInstalledCertificateIdsConf
    sender = Role.CENTRAL_SYSTEM

    certificate_type: CertificateUse


class LogParameters(Part, kw_only=True, frozen=True):
    """Where a log goes, and from what time. ``remote_location`` is the URI of a directory."""

    remote_location: RemoteLocation
    oldest_timestamp: MayBeLeftOut[Timestamp] = None
    latest_timestamp: MayBeLeftOut[Timestamp] = None


class GetLogConf(Confirmation, kw_only=True, frozen=True):
    """Whether a log will be uploaded, and under which name."""

    action = "GetLog"

    status: LogStatus
    filename: MayBeLeftOut[CiString255] = None


class GetLog(Request[GetLogConf], kw_only=True, frozen=True):
    """A log is to be uploaded; ``request_id`` comes back in each LogStatusNotification.

    ``retry_interval`` in seconds.
    """

    action = "GetLog"
    conf = GetLogConf
    sender = Role.CENTRAL_SYSTEM

    log_type: LogType
    request_id: Integer
    log: LogParameters
    retries: MayBeLeftOut[Integer] = None
    retry_interval: MayBeLeftOut[Integer] = None


class InstallCertificateConf(Confirmation, kw_only=True, frozen=True):
    """What became of the installation."""

    action = "InstallCertificate"

    status: InstallCertificateStatus


class InstallCertificate(Request[InstallCertificateConf], kw_only=True, frozen=True):
    """A root certificate (PEM) is to be trusted from now on."""

    action = "InstallCertificate"
    conf = InstallCertificateConf
    sender = Role.CENTRAL_SYSTEM

    certificate_type: CertificateUse
    certificate: Pem


class LogStatusNotificationConf(Confirmation, kw_only=True, frozen=True):
    """Says nothing more."""

    action = "LogStatusNotification"


class LogStatusNotification(Request[LogStatusNotificationConf], kw_only=True, frozen=True):
    """How the upload of a log goes. No ``request_id``: a triggered message while nothing is uploaded."""

    action = "LogStatusNotification"
    conf = LogStatusNotificationConf
    sender = Role.CHARGE_POINT

    status: UploadLogStatus
    request_id: MayBeLeftOut[Integer] = None


class SecurityEventNotificationConf(Confirmation, kw_only=True, frozen=True):
    """Says nothing more."""

    action = "SecurityEventNotification"


class SecurityEventNotification(Request[SecurityEventNotificationConf], kw_only=True, frozen=True):
    """Something that matters for security happened. ``type``: a ``SecurityEvent`` or a word of the station's."""

    action = "SecurityEventNotification"
    conf = SecurityEventNotificationConf
    sender = Role.CHARGE_POINT

    type: CiString50
    timestamp: Timestamp
    tech_info: MayBeLeftOut[CiString255] = None


class SignCertificateConf(Confirmation, kw_only=True, frozen=True):
    """Whether a certificate will be made; it comes with CertificateSigned."""

    action = "SignCertificate"

    status: GenericStatus


class SignCertificate(Request[SignCertificateConf], kw_only=True, frozen=True):
    """The station asks for a certificate. ``csr``: a PKCS#10 request in PEM (RFC 2986)."""

    action = "SignCertificate"
    conf = SignCertificateConf
    sender = Role.CHARGE_POINT

    csr: Pem


class SignedFirmwareStatusNotificationConf(Confirmation, kw_only=True, frozen=True):
    """Says nothing more."""

    action = "SignedFirmwareStatusNotification"


class SignedFirmwareStatusNotification(
    Request[SignedFirmwareStatusNotificationConf], kw_only=True, frozen=True
):
    """How a signed update goes. No ``request_id``: a triggered message while nothing is updated."""

    action = "SignedFirmwareStatusNotification"
    conf = SignedFirmwareStatusNotificationConf
    sender = Role.CHARGE_POINT

    status: SignedFirmwareStatus
    request_id: MayBeLeftOut[Integer] = None


class SignedFirmware(Part, kw_only=True, frozen=True):
    """A firmware file, when to fetch and install it, and what proves whence it comes.

    ``signature``: base64, over the SHA-256 digest of the file. No ``install_date_time``: as soon as possible.
    """

    location: RemoteLocation
    retrieve_date_time: Timestamp
    signing_certificate: Pem
    signature: Signature
    install_date_time: MayBeLeftOut[Timestamp] = None


class SignedUpdateFirmwareConf(Confirmation, kw_only=True, frozen=True):
    """Whether the update will be tried."""

    action = "SignedUpdateFirmware"

    status: UpdateFirmwareStatus


class SignedUpdateFirmware(Request[SignedUpdateFirmwareConf], kw_only=True, frozen=True):
    """Firmware is to be fetched, checked and installed. ``retry_interval`` in seconds."""

    action = "SignedUpdateFirmware"
    conf = SignedUpdateFirmwareConf
    sender = Role.CENTRAL_SYSTEM

    request_id: Integer
    firmware: SignedFirmware
    retries: MayBeLeftOut[Integer] = None
    retry_interval: MayBeLeftOut[Integer] = None


MESSAGES: tuple[type[Request], ...] = (
    CertificateSigned,
    DeleteCertificate,
    ExtendedTriggerMessage,
    GetInstalledCertificateIds,
    GetLog,
    InstallCertificate,
    LogStatusNotification,
    SecurityEventNotification,
    SignCertificate,
    SignedFirmwareStatusNotification,
    SignedUpdateFirmware,
)

"""The security extension of a station: its profile and password, its certificates, its security events."""

import asyncio
import re
from typing import TYPE_CHECKING

import msgspec
from cryptography import x509
from cryptography.x509.oid import NameOID

from chargeproof.ocpp import ConfigurationStatus
from chargeproof.ocpp.security import CertificateSigned, SignCertificate
from chargeproof.ocpp.security_enums import (
    CertificateSignedStatus,
    CertificateUse,
    GenericStatus,
    SecurityEvent,
)
from chargeproof.simulator.certificate_store import CertificateStore, pem_of
from chargeproof.simulator.certificates import (
    CertificateError,
    belongs_to,
    check_chain,
    check_period,
    new_key_pem,
    read_chain,
    signing_request,
    subject_field,
)
from chargeproof.simulator.link import CallFailed
from chargeproof.simulator.log_upload import LogUpload
from chargeproof.simulator.ports import DialCredentials, DialRefused, TlsRefused, Wire
from chargeproof.simulator.security_log import SecurityLog
from chargeproof.simulator.signed_firmware import SignedFirmware

if TYPE_CHECKING:
    from chargeproof.simulator.model import SecurityModel
    from chargeproof.simulator.station import SimulatedStation

PASSWORD_KEY = "AuthorizationKey"  # noqa: S105 - the name of a configuration key
PROFILE_KEY = "SecurityProfile"
HIGHEST_PROFILE = 3
PASSWORD = re.compile(r"(?:[0-9A-Fa-f]{2}){16,20}")
UNAUTHORIZED = 401
TRIAL = "security_settings_before"
"""In memory while new settings have not led to a connection yet: the ones to fall back to."""


class Security:
    """Everything that a model without the extension lacks."""

    def __init__(self, station: "SimulatedStation", model: "SecurityModel") -> None:
        self.station = station
        self.model = model
        self.certificates = CertificateStore(station.memory, model)
        self.log = SecurityLog(station)
        self.log_upload = LogUpload(station)
        self.firmware = SignedFirmware(station)
        self._failed_dials = 0

    def begin(self) -> None:
        """After a boot."""
        self.log.begin()
        self.log.note(SecurityEvent.STARTUP_OF_THE_DEVICE)
        self.firmware.begin()

    # Connecting.

    @property
    def profile(self) -> int:
        return self.station.configuration.integer(PROFILE_KEY)

    def credentials(self) -> DialCredentials:
        """What the present profile asks for, as far as it is there."""
        profile = self.profile
        return DialCredentials(
            profile=profile,
            password=self.password() if profile in (1, 2) else None,
            roots_pem=self.root_pems() if profile >= 2 else (),
            identity=self.certificates.identity if profile == HIGHEST_PROFILE else None,
        )

    def root_pems(self) -> tuple[str, ...]:
        """Who vouches for the central system, but for a root that was replaced."""
        return tuple(map(pem_of, self.certificates.roots(CertificateUse.CENTRAL_SYSTEM_ROOT)))

    def trusted_pems(self) -> tuple[str, ...]:
        """Who vouches for the central system and its file servers."""
        return tuple(map(pem_of, self.certificates.trusted(CertificateUse.CENTRAL_SYSTEM_ROOT)))

    def password(self) -> bytes | None:
        """The AuthorizationKey as this model sends it; a text that is not hexadecimal is sent as it is."""
        key = self.station.configuration.text(PASSWORD_KEY)
        if not key:
            return None
        as_text = self.model.key_form == "text" or PASSWORD.fullmatch(key) is None
        return key.encode() if as_text else bytes.fromhex(key)

    async def open_socket(self) -> Wire:
        """One attempt to connect. Raises what a dial raises."""
        station = self.station
        try:
            wire = await self._dialled(station.credentials())
        except (OSError, DialRefused) as error:
            self._note_failure(error)
            raise
        self._failed_dials = 0
        station.memory.pop(TRIAL, None)
        return wire

    async def _dialled(self, shown: DialCredentials) -> Wire:
        """With a new root first, and with the one that it replaced if that does not do (W§ M05.FR.12, FR.13)."""
        station = self.station
        called = (station.charge_point_id, station.subprotocols())
        try:
            wire = await station.dial(*called, shown)
        except TlsRefused as error:
            replaced = self.certificates.replaced_root_pem
            if replaced is None or error.event is not SecurityEvent.INVALID_CENTRAL_SYSTEM_CERTIFICATE:
                raise
            return await station.dial(*called, msgspec.structs.replace(shown, roots_pem=(replaced,)))
        if shown.profile >= 2:
            self.certificates.forget_replaced_root()
        return wire

    def _note_failure(self, error: Exception) -> None:
        if isinstance(error, TlsRefused):
            self.log.note(error.event, str(error))
        elif isinstance(error, DialRefused) and error.status == UNAUTHORIZED:
            self.log.note(SecurityEvent.FAILED_TO_AUTHENTICATE_AT_CENTRAL_SYSTEM)
        self._failed_dials += 1
        if TRIAL in self.station.memory and self._failed_dials >= self.model.attempts:
            self.station.fall_back()

    def fall_back(self) -> None:
        """The new settings lead to no connection: the ones before them are taken again."""
        before: dict[str, str] = self.station.memory.pop(TRIAL)
        for key, value in before.items():
            self.station.configuration.store(key, value)
        self._failed_dials = 0
        self.log.note(SecurityEvent.RECONFIGURATION_OF_SECURITY_PARAMETERS, "back to the former settings")

    async def reconnect(self) -> None:
        """Close the connection once the answer is out; the next one is made with what is set now."""
        await asyncio.sleep(self.station.model.timing.reset_delay_s)
        link = self.station.link
        if link is not None:
            await link.wire.close()

    # Configuration keys.

    def change(self, key: str, value: str) -> ConfigurationStatus | None:
        """ChangeConfiguration of a key that needs more than its own rules; None for any other key."""
        name = self.station.configuration.name_of(key)
        if name == PASSWORD_KEY:
            return self._change_password(value)
        if name == PROFILE_KEY:
            return self._change_profile(value)
        return None

    def _change_password(self, value: str) -> ConfigurationStatus:
        if PASSWORD.fullmatch(value) is None:
            return ConfigurationStatus.REJECTED
        self.try_settings(PASSWORD_KEY, value, "the password")
        return ConfigurationStatus.ACCEPTED

    def _change_profile(self, value: str) -> ConfigurationStatus:
        if not value.isascii() or not value.isdigit() or not self.may_use_profile(int(value)):
            return ConfigurationStatus.REJECTED
        self.try_settings(PROFILE_KEY, str(int(value)), "the security profile")
        return ConfigurationStatus.ACCEPTED

    def may_use_profile(self, profile: int) -> bool:
        """W§ A05: only higher, and only with what it needs."""
        if not self.profile < profile <= HIGHEST_PROFILE:
            return False
        if profile in (1, 2) and not self.station.configuration.text(PASSWORD_KEY):
            return False
        if profile >= 2 and not self.certificates.roots(CertificateUse.CENTRAL_SYSTEM_ROOT):
            return False
        return profile < HIGHEST_PROFILE or self.certificates.identity is not None

    def try_settings(self, key: str, value: str, what: str) -> None:
        station = self.station
        kept = (PASSWORD_KEY, PROFILE_KEY)
        station.memory[TRIAL] = station.memory.get(TRIAL) or {
            name: station.configuration.text(name) for name in kept
        }
        station.configuration.store(key, value)
        self._failed_dials = 0
        self.log.note(SecurityEvent.RECONFIGURATION_OF_SECURITY_PARAMETERS, what)
        station.spawn(self.reconnect(), "reconnect")

    # The station's own certificate.

    async def request_certificate(self) -> None:
        """A new key pair, and a request to sign its public half."""
        station = self.station
        key_pem = new_key_pem()
        self.certificates.keep_pending_key(key_pem)
        csr = station.build_signing_request(key_pem)
        try:
            confirmation = await station.call(SignCertificate(csr=csr))
        except CallFailed:
            self.certificates.keep_pending_key(None)
            return
        if confirmation.status is not GenericStatus.ACCEPTED:
            self.certificates.keep_pending_key(None)

    def signing_request(self, key_pem: str) -> str:
        organization = self.station.configuration.text("CpoName")
        return signing_request(key_pem, self.station.charge_point_id, organization)

    def take_certificate(self, request: CertificateSigned) -> CertificateSignedStatus:
        """The answer to CertificateSigned; an accepted one is used from the next connection on."""
        try:
            self.station.check_own_certificate(request.certificate_chain)
        except CertificateError as error:
            self.log.note(SecurityEvent.INVALID_CHARGE_POINT_CERTIFICATE, str(error))
            return CertificateSignedStatus.REJECTED
        key_pem = self.certificates.pending_key
        if key_pem is not None:
            self.certificates.keep_identity(request.certificate_chain, key_pem)
        if self.profile == HIGHEST_PROFILE:
            self.station.spawn(self.reconnect(), "reconnect")
        return CertificateSignedStatus.ACCEPTED

    def check_own_certificate(self, chain_pem: str) -> None:
        """Raises CertificateError unless it is for this station and its key, and a trusted root vouches for it."""
        station = self.station
        longest = station.configuration.integer("CertificateSignedMaxChainSize", len(chain_pem))
        if len(chain_pem) > longest:
            raise CertificateError(f"the chain has {len(chain_pem)} characters, more than {longest}")
        chain = read_chain(chain_pem)
        self._check_subject(chain[0])
        key_pem = self.certificates.pending_key
        if key_pem is None:
            raise CertificateError("no certificate was asked for")
        if not belongs_to(chain[0], key_pem):
            raise CertificateError("the certificate is for another key")
        roots = self.certificates.trusted(CertificateUse.CENTRAL_SYSTEM_ROOT)
        if roots:
            check_chain(chain, roots, station.now())
        else:
            check_period(chain[0], station.now())  # nobody told the station whom to trust

    def _check_subject(self, certificate: x509.Certificate) -> None:
        name = subject_field(certificate, NameOID.COMMON_NAME)
        if name != self.station.charge_point_id:
            raise CertificateError(f"the certificate is for {name}")
        organization = self.station.configuration.text("CpoName")
        if organization and subject_field(certificate, NameOID.ORGANIZATION_NAME) != organization:
            raise CertificateError("the certificate is of another operator")

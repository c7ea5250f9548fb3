"""Odd but lawful: the station's certificate, and the roots that it trusts."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from chargeproof.ocpp import ErrorCode, TriggerMessageStatus
from chargeproof.ocpp.security import (
    CertificateHashData,
    DeleteCertificate,
    DeleteCertificateConf,
    ExtendedTriggerMessage,
    ExtendedTriggerMessageConf,
    GetInstalledCertificateIds,
    GetInstalledCertificateIdsConf,
    GetLog,
    InstallCertificate,
    SecurityEventNotification,
    SignedUpdateFirmware,
)
from chargeproof.ocpp.security_enums import (
    CertificateUse,
    DeleteCertificateStatus,
    ExtendedMessageTrigger,
    GetInstalledCertificateStatus,
    HashAlgorithm,
)
from chargeproof.simulator.certificates import signing_request
from chargeproof.simulator.link import Refused
from chargeproof.simulator.model import StationModel, load_model
from chargeproof.simulator.odd.registry import odd
from chargeproof.simulator.station import SimulatedStation


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
    note="trusts what its factory installed, and nothing else (not applicable)",
    model="secure",
    group="security",
)
class TrustsItsFactoryAlone(_Lacks):
    """Manages no certificates."""

    lacking = (InstallCertificate, DeleteCertificate, GetInstalledCertificateIds)


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


@odd(note="hashes in upper case (W§6.1 says hexadecimal)", model="secure", group="security")
class WritesHashesInCapitals(SimulatedStation):
    """Likes capitals."""

    def name_root(self, root: x509.Certificate) -> CertificateHashData:
        data = super().name_root(root)
        return CertificateHashData(
            hash_algorithm=data.hash_algorithm,
            issuer_name_hash=data.issuer_name_hash.upper(),
            issuer_key_hash=data.issuer_key_hash.upper(),
            serial_number=data.serial_number.upper(),
        )


@odd(note="serial numbers with leading zeros (remark: W§6.1 wants none)", model="secure", group="security")
class WritesLeadingZeros(SimulatedStation):
    """Writes whole bytes, and one more."""

    def name_root(self, root: x509.Certificate) -> CertificateHashData:
        data = super().name_root(root)
        return CertificateHashData(
            hash_algorithm=data.hash_algorithm,
            issuer_name_hash=data.issuer_name_hash,
            issuer_key_hash=data.issuer_key_hash,
            serial_number=data.serial_number.zfill(40)[-40:],
        )


@odd(note="SHA-512 where others take SHA-256", model="secure", group="security")
class HashesWithSha512(SimulatedStation):
    """Takes the longest hash that there is."""

    def name_root(self, root: x509.Certificate) -> CertificateHashData:
        return self.secured().certificates.hash_data(root, HashAlgorithm.SHA512)


@odd(
    note="AdditionalRootCertificateCheck: a root of the central system must be signed by the old one "
    "(M05.FR.09; TC_075 leaves that use to TC_078)",
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


@odd(
    note="keeps its last root though no connection rests on it: it looks at file servers with it (TC_084e not run)",
    model=secure(SecurityProfile="1"),
    group="security",
)
class KeepsItsLastRoot(SimulatedStation):
    """Wants to trust somebody at any time."""

    def answer_delete_certificate(self, request: DeleteCertificate) -> DeleteCertificateConf | None:
        store = self.secured().certificates
        found = store.find(request.certificate_hash_data)
        use = CertificateUse.CENTRAL_SYSTEM_ROOT
        if found is not None and found[0] is use and len(store.roots(use)) == 1:
            return DeleteCertificateConf(status=DeleteCertificateStatus.FAILED)
        return super().answer_delete_certificate(request)


@odd(
    note="AdditionalRootCertificateCheck without TLS: no connection can show that the new root is used",
    model=secure(AdditionalRootCertificateCheck="true", SecurityProfile="1"),
    group="security",
)
class ChecksNewRootsWithoutTls(SimulatedStation):
    """Is prepared for security profile 2."""


@odd(
    note="lists the root that was replaced as long as it is a way back (M05.FR.08 allows it, M05.FR.11 keeps it)",
    model=secure(AdditionalRootCertificateCheck="true", SecurityProfile="3"),
    group="security",
)
class ListsTheWayBack(SimulatedStation):
    """Hides nothing that it trusts."""

    def answer_get_installed_certificate_ids(
        self, request: GetInstalledCertificateIds
    ) -> GetInstalledCertificateIdsConf | None:
        roots = self.secured().certificates.trusted(request.certificate_type)
        if not roots:
            return super().answer_get_installed_certificate_ids(request)
        listed = [self.name_root(root) for root in roots]
        return GetInstalledCertificateIdsConf(
            status=GetInstalledCertificateStatus.ACCEPTED, certificate_hash_data=listed
        )

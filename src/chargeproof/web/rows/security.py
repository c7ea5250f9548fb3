"""What is known of a station's security, put together from its handshakes, its commands and the authority."""

from collections.abc import Sequence

import msgspec
from cryptography import x509

from chargeproof.central_system.certificate_hashes import find_certificate
from chargeproof.central_system.certificates import IssuedCertificate
from chargeproof.ocpp import PayloadError, decode_confirmation
from chargeproof.ocpp.security import CertificateHashData, GetInstalledCertificateIdsConf
from chargeproof.ocpp.security_enums import CertificateUse
from chargeproof.resources.security import (
    ConnectionSecurity,
    Issued,
    RootOnStation,
    RootsOnStation,
    SecurityEvent,
    StationSecurity,
)
from chargeproof.store.records import CommandRecord, HandshakeRecord, SecurityEventRecord
from chargeproof.web.office import Office
from chargeproof.web.rows.messages import payload_of
from chargeproof.web.rows.security_changes import security_changes

READING, INSTALLING = "GetInstalledCertificateIds", "InstallCertificate"
LOOKED_AT = 50
"""Commands among which the newest answers are looked for."""


async def station_security(office: Office, charge_point_id: str) -> StationSecurity:
    asked = office.central_system.security_of_stations
    kept, following = asked.credentials.kept(charge_point_id)
    let_in = await office.queries.last_let_in(charge_point_id)
    return StationSecurity(
        charge_point_id=charge_point_id,
        online=office.central_system.is_connected(charge_point_id),
        using=None if let_in is None else _using(let_in),
        required_profile=asked.required_profile(charge_point_id),
        own_profile=asked.profile(charge_point_id),
        minimum_profile=office.central_system.settings.minimum_security_profile,
        asked_profile=asked.asked_profile(charge_point_id),
        password_set=kept is not None,
        password_changing=following is not None,
        signs=office.security.signs,
        tls_address=tls_address(office),
        changes=await security_changes(office, charge_point_id),
    )


def tls_address(office: Office) -> str:
    """Of the port for profiles 2 and 3, "" where there is none."""
    known = office.addresses.known
    return known.ocpp_tls or (known.ocpp if known.ocpp.startswith("wss:") else "")


def _using(record: HandshakeRecord) -> ConnectionSecurity:
    seen = record.security
    if seen is None:
        return ConnectionSecurity(at=record.at, remote=record.remote, profile=0)
    told = {name: getattr(seen, name) for name in ConnectionSecurity.__struct_fields__ if hasattr(seen, name)}
    return ConnectionSecurity(at=record.at, remote=record.remote, **told)


def issued_of(item: IssuedCertificate) -> Issued:
    return msgspec.convert(msgspec.structs.asdict(item), Issued)


def event_of(record: SecurityEventRecord) -> SecurityEvent:
    return SecurityEvent(
        charge_point_id=record.charge_point_id,
        type=record.type,
        critical=record.critical,
        received_at=record.received_at,
        timestamp=record.timestamp_text,
        happened_at=record.happened_at,
        tech_info=record.tech_info,
    )


# Roots on a station, as it last answered.


async def roots_on_station(office: Office, charge_point_id: str) -> RootsOnStation:
    asked = await office.queries.commands(charge_point_id, action=READING, limit=LOOKED_AT)
    installed = await office.queries.commands(charge_point_id, action=INSTALLING, limit=LOOKED_AT)
    ours = await office.security.embedded.authorities()
    known = [*ours, *_certificates_in(installed.items)]
    found = RootsOnStation(items=[], read_at={}, problems={})
    for record in asked.items:
        _add_answer(found, record, known, ours)
    return found


def _add_answer(
    found: RootsOnStation,
    record: CommandRecord,
    known: Sequence[x509.Certificate],
    ours: Sequence[x509.Certificate],
) -> None:
    """The newest answer for each use counts; what went wrong since then is told beside it."""
    use = _use_in(record)
    if use is None or use in found.read_at or record.ended_at is None:
        return
    answer = _answer_in(record)
    if answer is None:
        found.problems.setdefault(use, f"{record.state}: {record.detail}".rstrip(": "))
        return
    found.read_at[use] = record.ended_at
    for named in answer.certificate_hash_data or ():
        certificate = find_certificate(named, known)
        found.items.append(_root(use, named, certificate, is_ours=certificate in ours))


def _root(
    use: str, named: CertificateHashData, certificate: x509.Certificate | None, *, is_ours: bool
) -> RootOnStation:
    return RootOnStation(
        use=CertificateUse(use),
        hash_algorithm=str(named.hash_algorithm),
        issuer_name_hash=named.issuer_name_hash,
        issuer_key_hash=named.issuer_key_hash,
        serial_number=named.serial_number,
        subject=certificate.subject.rfc4514_string() if certificate is not None else None,
        expires_at=certificate.not_valid_after_utc if certificate is not None else None,
        ours=is_ours,
    )


def _use_in(record: CommandRecord) -> str | None:
    use = _payload(record).get("certificateType")
    return str(use) if use in list(CertificateUse) else None


def _answer_in(record: CommandRecord) -> GetInstalledCertificateIdsConf | None:
    payload = payload_of(record.answer_text, 2)
    try:
        answer = decode_confirmation(READING, msgspec.json.encode(payload))
    except PayloadError:
        return None
    return answer if isinstance(answer, GetInstalledCertificateIdsConf) else None


def _certificates_in(records: Sequence[CommandRecord]) -> list[x509.Certificate]:
    """Those that we told it to install."""
    found = []
    for record in records:
        try:
            found += x509.load_pem_x509_certificates(str(_payload(record).get("certificate", "")).encode())
        except ValueError:
            continue
    return found


def _payload(record: CommandRecord) -> dict[str, object]:
    try:
        return msgspec.json.decode(record.payload_text, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeError):
        return {}

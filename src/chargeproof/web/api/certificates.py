"""/certificates: what the embedded authority issued. /root-certificates: whom a station trusts."""

from typing import Annotated, Literal

import msgspec
from cryptography import x509
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter, QueryParameter

from chargeproof.central_system.station_trust import pem_of
from chargeproof.errors import UsageError
from chargeproof.ocpp import Request
from chargeproof.ocpp.security import (
    CertificateHashData,
    DeleteCertificate,
    GetInstalledCertificateIds,
    InstallCertificate,
)
from chargeproof.ocpp.security_enums import CertificateUse
from chargeproof.resources.commands import Command
from chargeproof.resources.security import (
    AuthorityFacts,
    CertificateName,
    Issued,
    RootsOnStation,
    RootWanted,
    ServerShows,
)
from chargeproof.web.api.charge_points import DECIDES, READS, charge_point_known, must_be_online
from chargeproof.web.api.commands import Wait
from chargeproof.web.api.downloads import attachment
from chargeproof.web.api.paging import Cursor, Limit, Page, page_of, position_of
from chargeproof.web.api.parameters import StationId
from chargeproof.web.office import Office
from chargeproof.web.people.audit import note
from chargeproof.web.people.person import PersonRequest
from chargeproof.web.people.roles import Role
from chargeproof.web.problems import Problem, not_found
from chargeproof.web.rows.commands import shown
from chargeproof.web.rows.security import issued_of, roots_on_station

PEM_TYPE = "application/x-pem-file"
ANSWER_WITHIN_S = 30.0
Serial = Annotated[str, PathParameter(description="In hexadecimal.", min_length=1, max_length=40)]


@get(
    "/certificates",
    opt=READS,
    operation_id="list_certificates",
    summary="Certificates that the embedded authority issued, the newest first",
)
async def list_certificates(
    office: NamedDependency[Office],
    name: Annotated[
        str | None, QueryParameter(description="Only of this station or server", max_length=255)
    ] = None,
    purpose: Annotated[
        Literal["server", "station", "firmware"] | None, QueryParameter(description="Only of this purpose")
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Issued]:
    """It is numbered from the oldest on, so that a page stays where it is."""
    before = position_of(cursor, int)
    found = [
        (number, item)
        for number, item in enumerate(await office.security.embedded.issued())
        if (name is None or item.name == name) and (purpose is None or item.purpose == purpose)
        if before is None or number < before
    ]
    page = page_of(found[::-1][: limit + 1], limit, lambda each: each[0])
    return Page([issued_of(item) for _, item in page.items], page.next)


@get(
    "/certificates/{serial:str}",
    opt=READS,
    operation_id="download_certificate",
    summary="One certificate, as PEM",
    media_type=PEM_TYPE,
)
async def download_certificate(serial: Serial, office: NamedDependency[Office]) -> Response[bytes]:
    pem = await office.security.embedded.certificate_pem(serial)
    if pem is None:
        raise _no_certificate(serial)
    return Response(pem.encode(), media_type=PEM_TYPE, headers=attachment(f"{serial}.pem"))


@post(
    "/certificates/{serial:str}/revocation",
    opt=DECIDES,
    operation_id="revoke_certificate",
    summary="Refuse a certificate from now on; open connections stay",
    status_code=200,
)
async def revoke_certificate(
    request: PersonRequest, serial: Serial, office: NamedDependency[Office]
) -> Issued:
    embedded = office.security.embedded
    found = next((each for each in await embedded.issued() if each.serial == serial), None)
    if found is None:
        raise _no_certificate(serial)
    note(request, detail=f"of {found.name}, for a {found.purpose}")
    try:
        (revoked,) = await embedded.revoke(serial)
    except UsageError as error:
        raise Problem(409, "Revoked already", f"The certificate {serial} is revoked already") from error
    if office.security.tls is not None:
        office.security.tls.reload_if_changed()
    return issued_of(revoked)


@get(
    "/certificate-authority",
    opt=READS,
    operation_id="get_certificate_authority",
    summary="Who signs certificates here, the root for stations, and what stations are shown",
)
async def get_certificate_authority(office: NamedDependency[Office]) -> AuthorityFacts:
    security = office.security
    root = await security.embedded.root()
    shows = security.tls.context.certificates if security.tls is not None else ()
    return AuthorityFacts(
        signs=security.signs,
        root_subject=root.subject.rfc4514_string(),
        root_serial=f"{root.serial_number:X}",
        root_expires_at=root.not_valid_after_utc,
        root_pem=pem_of(root),
        server_certificates=[
            ServerShows(kind=each.kind, subject=each.subject, names=[*each.names], expires_at=each.expires_at)
            for each in shows
        ],
    )


@get(
    "/charge-points/{charge_point_id:str}/root-certificates",
    opt=READS,
    operation_id="list_root_certificates",
    summary="Root certificates on a station, as it last said",
)
async def list_root_certificates(
    charge_point_id: StationId, office: NamedDependency[Office]
) -> RootsOnStation:
    await charge_point_known(office, charge_point_id)
    return await roots_on_station(office, charge_point_id)


@post(
    "/charge-points/{charge_point_id:str}/root-certificates/read",
    opt={"role": Role.TESTER},
    operation_id="read_root_certificates",
    summary="Ask a station which root certificates it has",
    status_code=200,
)
async def read_root_certificates(
    charge_point_id: StationId, office: NamedDependency[Office]
) -> RootsOnStation:
    must_be_online(await charge_point_known(office, charge_point_id))
    for use in CertificateUse:
        request = GetInstalledCertificateIds(certificate_type=use)
        await office.commands.send(charge_point_id, request, wait_s=ANSWER_WITHIN_S)
    await office.store.flush()
    return await roots_on_station(office, charge_point_id)


@post(
    "/charge-points/{charge_point_id:str}/root-certificates",
    opt=DECIDES,
    operation_id="install_root_certificate",
    summary="Have a station trust a root certificate",
    status_code=201,
)
async def install_root_certificate(
    request: PersonRequest,
    charge_point_id: StationId,
    office: NamedDependency[Office],
    data: JSONBody[RootWanted],
    wait: Wait = 0,
) -> Response[Command]:
    pem = pem_of(await office.security.embedded.root()) if data.certificate is None else data.certificate
    note(request, detail=data.use)
    _check_pem(pem)
    message = InstallCertificate(certificate_type=data.use, certificate=pem)
    return await _sent(request, office, charge_point_id, message, wait)


@post(
    "/charge-points/{charge_point_id:str}/root-certificates/delete",
    opt=DECIDES,
    operation_id="delete_root_certificate",
    summary="Have a station trust a root certificate no more",
    status_code=201,
)
async def delete_root_certificate(
    request: PersonRequest,
    charge_point_id: StationId,
    office: NamedDependency[Office],
    data: JSONBody[CertificateName],
    wait: Wait = 0,
) -> Response[Command]:
    named = CertificateHashData(**msgspec.structs.asdict(data))
    note(request, detail=f"serial number {data.serial_number}")
    message = DeleteCertificate(certificate_hash_data=named)
    return await _sent(request, office, charge_point_id, message, wait)


async def _sent(
    request: PersonRequest, office: Office, charge_point_id: str, message: Request, wait: float
) -> Response[Command]:
    must_be_online(await charge_point_known(office, charge_point_id))
    command = await office.commands.send(charge_point_id, message, wait_s=wait)
    return Response(shown(command), status_code=201)


def _check_pem(pem: str) -> None:
    try:
        found = len(x509.load_pem_x509_certificates(pem.encode()))
    except ValueError:
        found = 0
    if found != 1:
        raise Problem(
            400, "No certificate", "`certificate` holds no single certificate in PEM", "Send one root alone"
        )


def _no_certificate(serial: str) -> Problem:
    return not_found(f"No certificate {serial!r} was issued here", "GET /api/v1/certificates names them")


CERTIFICATE_HANDLERS = [
    list_certificates,
    download_certificate,
    revoke_certificate,
    get_certificate_authority,
    list_root_certificates,
    read_root_certificates,
    install_root_certificate,
    delete_root_certificate,
]

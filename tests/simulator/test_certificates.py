"""Root certificates, and the station's own."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID

from chargeproof.ocpp import ErrorCode, Request, TriggerMessageStatus
from chargeproof.ocpp.security import (
    CertificateSigned,
    DeleteCertificate,
    ExtendedTriggerMessage,
    GetInstalledCertificateIds,
    SignCertificate,
    SignCertificateConf,
)
from chargeproof.ocpp.security_enums import (
    CertificateSignedStatus,
    DeleteCertificateStatus,
    ExtendedMessageTrigger,
    GenericStatus,
    GetInstalledCertificateStatus,
    HashAlgorithm,
    InstallCertificateStatus,
    SecurityEvent,
)
from chargeproof.simulator.certificates import hash_data
from chargeproof.simulator.memory import Memory
from chargeproof.simulator.ports import DialCredentials, TlsRefused, Wire
from chargeproof.testing.virtual_time import run_virtual
from tests.simulator.bench import Bench, CallErrorAnswer, Reply, bench, lawful
from tests.simulator.certificates_for_tests import Authority, name_of, pem, root
from tests.simulator.security_bench import (
    CENTRAL,
    KEY,
    MAKER,
    dialled,
    events,
    install,
    requested_csr,
    secure,
)

SIGNING = ExtendedTriggerMessage(requested_message=ExtendedMessageTrigger.SIGN_CHARGE_POINT_CERTIFICATE)
IN_2021 = datetime(2021, 1, 1, tzinfo=UTC)
ACCEPTING: dict[type[Request[Any]], Reply] = {
    SignCertificate: lambda _: SignCertificateConf(status=GenericStatus.ACCEPTED)
}
INSTALL, DELETE = InstallCertificateStatus, DeleteCertificateStatus


async def installed(b: Bench) -> list[str]:
    """Serial numbers of the roots for the central system."""
    answer = await b.central.call(GetInstalledCertificateIds(certificate_type=CENTRAL))
    return [one.serial_number for one in answer.certificate_hash_data or []]


async def offer(b: Bench, authority: Authority, csr: str) -> CertificateSignedStatus:
    chain = authority.answer(csr)
    return (await b.central.call(CertificateSigned(certificate_chain=chain))).status


@pytest.mark.parametrize("algorithm", list(HashAlgorithm))
def test_a_certificate_is_named_by_the_hashes_of_rfc_6960(algorithm: HashAlgorithm) -> None:
    leaf = root().leaf("someone").certificate
    kinds = {"SHA256": hashes.SHA256(), "SHA384": hashes.SHA384(), "SHA512": hashes.SHA512()}
    request = ocsp.OCSPRequestBuilder().add_certificate(leaf, root().certificate, kinds[algorithm]).build()
    named = hash_data(leaf, root().certificate, algorithm)
    assert named.issuer_name_hash == request.issuer_name_hash.hex()
    assert named.issuer_key_hash == request.issuer_key_hash.hex()
    assert int(named.serial_number, 16) == request.serial_number
    assert not named.serial_number.startswith("0")


def test_a_root_is_installed_listed_deleted_and_kept_over_a_reboot() -> None:
    async def scene() -> None:
        memory = Memory()
        other = root("Other")
        async with bench(secure(), memory=memory) as b:
            assert len(await installed(b)) == 1
            assert await install(b, CENTRAL, other.pem) is INSTALL.ACCEPTED
            assert await install(b, CENTRAL, other.pem) is INSTALL.ACCEPTED
            await b.station.cut_mains()
            await b.pass_time(20)
            assert await installed(b) == [f"{one.certificate.serial_number:x}" for one in (root(), other)]
            for algorithm, expected in (
                (HashAlgorithm.SHA384, DELETE.ACCEPTED),
                (HashAlgorithm.SHA512, DELETE.NOT_FOUND),
            ):
                data = hash_data(other.certificate, other.certificate, algorithm)
                answer = await b.central.call(DeleteCertificate(certificate_hash_data=data))
                assert answer.status is expected
            assert len(await installed(b)) == 1

    run_virtual(scene())


def test_without_certificates_of_a_use_none_are_found() -> None:
    async def scene() -> None:
        model = secure()
        async with bench(model) as b:
            data = hash_data(root("Maker").certificate, root("Maker").certificate, HashAlgorithm.SHA256)
            await b.central.call(DeleteCertificate(certificate_hash_data=data))
            answer = await b.central.call(GetInstalledCertificateIds(certificate_type=MAKER))
            assert answer.status is GetInstalledCertificateStatus.NOT_FOUND
            assert answer.certificate_hash_data is None

    run_virtual(scene())


@pytest.mark.parametrize(
    "certificate",
    [
        "no certificate",
        root("Late", IN_2021).pem,
        root().leaf("no authority").pem,
        root().pem + root("Other").pem,
    ],
)
def test_a_wrong_root_is_rejected_and_told(certificate: str) -> None:
    async def scene() -> None:
        async with bench(secure()) as b:
            assert await install(b, CENTRAL, certificate) is INSTALL.REJECTED
            await b.pass_time(1)
            assert events(b) == ["InvalidCentralSystemCertificate"]
            assert len(await installed(b)) == 1

    run_virtual(scene())


def test_a_full_store_takes_no_more() -> None:
    async def scene() -> None:
        async with bench(secure(CertificateStoreMaxLength="3")) as b:
            assert await install(b, MAKER, root("Other").pem) is INSTALL.ACCEPTED
            assert await install(b, MAKER, root("One too many").pem) is INSTALL.REJECTED
            assert await install(b, MAKER, root("Other").pem) is INSTALL.ACCEPTED
            assert events(b) == []

    run_virtual(scene())


def test_with_the_additional_check_a_new_root_must_be_signed_by_the_one_that_it_replaces() -> None:
    async def scene() -> None:
        model = secure(AdditionalRootCertificateCheck="true", SecurityProfile="2", AuthorizationKey=KEY)
        async with bench(model) as b:
            assert await install(b, CENTRAL, root("Other").pem) is INSTALL.REJECTED
            successor = root().below("Successor")
            assert await install(b, CENTRAL, successor.pem) is INSTALL.ACCEPTED
            assert await installed(b) == [f"{successor.certificate.serial_number:x}"]
            assert len(b.station.secured().certificates.trusted(CENTRAL)) == 2  # the way back
            b.network.reset()
            await b.pass_time(20)
            assert len(b.station.secured().certificates.trusted(CENTRAL)) == 1

    run_virtual(scene())


def test_the_root_that_was_replaced_is_the_way_back_until_the_new_one_does() -> None:
    async def scene() -> None:
        model = secure(AdditionalRootCertificateCheck="true", SecurityProfile="2", AuthorizationKey=KEY)
        async with bench(model) as b:
            successor = root().below("Successor")
            assert await install(b, CENTRAL, successor.pem) is INSTALL.ACCEPTED
            dial = b.station.dial

            async def picky(
                charge_point_id: str, subprotocols: Sequence[str], credentials: DialCredentials | None = None
            ) -> Wire:
                if credentials is None or credentials.roots_pem != (root().pem,):
                    raise TlsRefused("unknown", SecurityEvent.INVALID_CENTRAL_SYSTEM_CERTIFICATE)
                return await dial(charge_point_id, subprotocols, credentials)

            b.station.dial = picky
            b.network.reset()
            await b.pass_time(20)
            assert b.station.online
            assert len(b.station.secured().certificates.trusted(CENTRAL)) == 2

    run_virtual(scene())


def test_the_last_root_stays_where_tls_needs_it() -> None:
    async def scene() -> None:
        async with bench(secure(SecurityProfile="2", AuthorizationKey=KEY)) as b:
            data = hash_data(root().certificate, root().certificate, HashAlgorithm.SHA256)
            answer = await b.central.call(DeleteCertificate(certificate_hash_data=data))
            assert answer.status is DELETE.FAILED

    run_virtual(scene())


def test_a_station_asks_for_a_certificate_and_takes_over_what_is_signed() -> None:
    async def scene() -> None:
        async with bench(secure(), replies=ACCEPTING) as b:
            answer = await b.central.call(SIGNING)
            assert answer.status is TriggerMessageStatus.ACCEPTED
            csr = await requested_csr(b)
            request = x509.load_pem_x509_csr(csr.encode())
            assert request.is_signature_valid
            assert {one.oid: one.value for one in request.subject} == {
                NameOID.COMMON_NAME: "STATION-1",
                NameOID.ORGANIZATION_NAME: "Chargeproof",
            }
            assert await offer(b, root(), csr) is CertificateSignedStatus.ACCEPTED
            own = b.station.secured().certificates.own_certificate()
            assert own is not None
            assert own.public_key() == request.public_key()
            assert b.network.dials == ["STATION-1"]  # profile 0 has no use for it yet

    run_virtual(scene())


def test_with_profile_3_the_new_certificate_is_shown_at_once() -> None:
    async def scene() -> None:
        async with bench(secure(SecurityProfile="3"), replies=ACCEPTING) as b:
            await b.central.call(SIGNING)
            csr = await requested_csr(b)
            assert await offer(b, root(), csr) is CertificateSignedStatus.ACCEPTED
            await b.pass_time(10)
            first, second = dialled(b)
            assert (first.profile, first.identity, first.password) == (3, None, None)
            assert second.identity is not None
            chain = x509.load_pem_x509_certificates(second.identity.chain_pem.encode())
            assert chain[0].subject == name_of("STATION-1")

    run_virtual(scene())


def wrong_answers(csr: str) -> dict[str, str]:
    key = x509.load_pem_x509_csr(csr.encode()).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    issue = partial(root().issue, key)
    return {
        "another root": root("Other").answer(csr),
        "another key": root().leaf("STATION-1").pem,
        "another station": pem(issue(name_of("STATION-2"))),
        "another operator": pem(issue(name_of("STATION-1", "Somebody"))),
        "expired": pem(issue(name_of("STATION-1"), until=IN_2021)),
        "no certificate": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "too long": root().answer(csr) * 5,
    }


WRONG = (
    "another root",
    "another key",
    "another station",
    "another operator",
    "expired",
    "no certificate",
    "too long",
)


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_certificate_is_rejected_and_told(wrong: str) -> None:
    async def scene() -> None:
        async with bench(secure(CertificateSignedMaxChainSize="2000"), replies=ACCEPTING) as b:
            await b.central.call(SIGNING)
            csr = await requested_csr(b)
            chain = wrong_answers(csr)[wrong]
            answer = await b.central.call(CertificateSigned(certificate_chain=chain))
            assert answer.status is CertificateSignedStatus.REJECTED
            await b.pass_time(1)
            assert events(b) == ["InvalidChargePointCertificate"]
            assert b.station.secured().certificates.identity is None
            assert await offer(b, root(), csr) is CertificateSignedStatus.ACCEPTED

    run_virtual(scene())


def test_a_certificate_that_nobody_asked_for_is_rejected() -> None:
    async def scene() -> None:
        async with bench(secure()) as b:
            chain = root().leaf("STATION-1").pem
            answer = await b.central.call(CertificateSigned(certificate_chain=chain))
            assert answer.status is CertificateSignedStatus.REJECTED

    run_virtual(scene())


def test_a_chain_over_an_intermediate_leads_to_the_root() -> None:
    async def scene() -> None:
        between = root().below("Between")
        async with bench(secure(), replies=ACCEPTING) as b:
            await b.central.call(SIGNING)
            csr = await requested_csr(b)
            lone = await b.central.call(CertificateSigned(certificate_chain=between.answer(csr)))
            assert lone.status is CertificateSignedStatus.REJECTED
            whole = await b.central.call(
                CertificateSigned(certificate_chain=between.answer(csr) + between.pem)
            )
            assert whole.status is CertificateSignedStatus.ACCEPTED

    run_virtual(scene())


def test_a_model_without_the_extension_knows_none_of_its_messages() -> None:
    async def scene() -> None:
        async with bench(lawful()) as b:
            with pytest.raises(CallErrorAnswer) as caught:
                await b.central.call(SIGNING)
            assert caught.value.code == ErrorCode.NOT_IMPLEMENTED
            assert b.network.credentials == [None]

    run_virtual(scene())

"""TC_087: TLS - Client-side certificate - valid certificate."""

from cryptography import x509

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.quantifiers import ours, scene_not_played
from chargeproof.acceptance.security.connections import (
    CERTIFICATE_PROFILE,
    USES_CERTIFICATE,
    line_at,
    profile_of,
)
from chargeproof.acceptance.stage import Stage, scene
from chargeproof.acceptance.verdict import Verdict, failed, inconclusive, passed
from chargeproof.ocpp.security import CertificateSigned
from chargeproof.trace import HandshakeSeen, Trace

case = Case(
    87,
    "TLS - Client-side certificate - valid certificate",
    criteria={
        "TC_087": "With profile 3 the station proves itself by its newest certificate and by nothing else"
    },
    group="security",
)

CONNECT_WITH_CERTIFICATE = "connect with the certificate of the station"
OCTT = ("TC_087_CS",)


@case.drive
async def drive(stage: Stage) -> None:
    """A new connection in security profile 3, where that is in use."""
    await connect_with_certificate(stage)


@scene(CONNECT_WITH_CERTIFICATE)
async def connect_with_certificate(stage: Stage) -> None:
    USES_CERTIFICATE.require(stage)
    stage.station.security.reconnect()
    await stage.settle()
    await stage.station.wait_until_ready(within_s=stage.windows["reconnect"])


@case.check(
    "TC_087a",
    "It proves itself by a certificate, the one that it took last before security profile 3",
    clause="W§ A00.FR.401, A00.FR.402, A02.FR.08, A02.FR.09",
    octt=OCTT,
)
def newest_certificate_is_shown(trace: Trace) -> Verdict:
    shakes = _shakes(trace)
    if isinstance(shakes, Verdict):
        return shakes
    shake = shakes[-1]
    shown = shake.security.client_serial if shake.security is not None else ""
    taken = [each for each in ours(trace.until(shake.n), CertificateSigned) if each.status == "Accepted"]
    if not taken:
        return passed(f"it shows the certificate {shown}, which names it", (shake.n,))
    if profile_of(line_at(trace, taken[-1].n)) == CERTIFICATE_PROFILE:
        # Whether it changed over to that one at once is asked in TC_074.
        return passed(f"it shows the certificate {shown}, which names it", (*taken[-1].evidence, shake.n))
    newest = _serial(str(taken[-1].request.certificate_chain))
    if newest is None:
        return inconclusive("the certificate that it took cannot be read", (*taken[-1].evidence, shake.n))
    if shown != newest:
        return failed(
            "it shows an older certificate than the one that it took last",
            (*taken[-1].evidence, shake.n),
            expected=f"serial number {newest}",
            seen=f"serial number {shown}",
        )
    return passed(f"it shows the certificate {shown}", (*taken[-1].evidence, shake.n))


@case.check(
    "TC_087b",
    "It sends no password beside the certificate",
    clause="W§ A00.FR.001",
    octt=OCTT,
)
def no_password_is_sent(trace: Trace) -> Verdict:
    shakes = _shakes(trace)
    if isinstance(shakes, Verdict):
        return shakes
    both = next((each for each in shakes if "basic" in each.authentication), None)
    if both is not None:
        return failed(
            "it sends a password too",
            (both.n,),
            expected="one security profile at a time: the certificate alone",
            seen=both.authentication,
        )
    return passed("it sends the certificate alone", [each.n for each in shakes])


def _shakes(trace: Trace) -> list[HandshakeSeen] | Verdict:
    """The connections of security profile 3."""
    shakes = [
        each
        for each in trace.of(HandshakeSeen)
        if each.outcome == "accepted" and profile_of(each) == CERTIFICATE_PROFILE
    ]
    lacking = None if shakes else USES_CERTIFICATE.lacking(trace)
    if lacking is not None:
        return lacking
    return shakes or scene_not_played(trace, CONNECT_WITH_CERTIFICATE, "no connection was asked for")


def _serial(chain_pem: str) -> str | None:
    """The serial number of the first certificate in hexadecimal, as the record of a handshake has it."""
    try:
        return f"{x509.load_pem_x509_certificates(chain_pem.encode())[0].serial_number:X}"
    except ValueError:
        return None

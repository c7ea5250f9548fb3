"""What the station's connections really used: TLS, certificates, and how its password was written."""

import msgspec

from chargeproof.acceptance.redaction import Redactor
from chargeproof.acceptance.report_schema import Line
from chargeproof.trace import HandshakeSeen, SecuritySeen, Trace


def lines_of(trace: Trace, redactor: Redactor) -> tuple[Line, ...]:
    """Each way in which connections were made, in the order in which they first were, with their number."""
    seen: dict[Line, list[int]] = {}
    for shake in trace.of(HandshakeSeen):
        # A sub-protocol that was not offered was answered on purpose (TC_088): nothing was said in it.
        if shake.outcome == "accepted" and _is_as_offered(shake):
            seen.setdefault(_line(shake, redactor), []).append(shake.n)
    return tuple(
        msgspec.structs.replace(line, connections=len(entries), entry=entries[0])
        for line, entries in seen.items()
    )


def _is_as_offered(shake: HandshakeSeen) -> bool:
    return not shake.offered or shake.chosen is None or shake.chosen in shake.offered


def _line(shake: HandshakeSeen, redactor: Redactor) -> Line:
    security = shake.security or SecuritySeen()
    return Line(
        subprotocol=shake.chosen or "",
        profile=None if shake.security is None else security.profile,
        protocol=security.protocol or (shake.tls or "").partition(" ")[0],
        cipher=security.cipher or (shake.tls or "").partition(" ")[2],
        server_certificate=security.server_certificate,
        authentication=shake.authentication,
        password_form=security.password_form,
        certificate_subject=redactor.text(security.client_subject),
        certificate_issuer=redactor.text(security.client_issuer),
        certificate_serial=redactor.text(security.client_serial),
        certificate_expires_at=security.client_expires_at,
    )

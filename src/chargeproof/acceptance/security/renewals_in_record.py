"""Renewals of a station's certificate: what was asked, what the station sent, what it was offered."""

from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from chargeproof.acceptance.quantifiers import ours, theirs
from chargeproof.acceptance.security.certificates_in_record import (
    common_names,
    key_of,
    read_request,
    serial_numbers_told,
)
from chargeproof.acceptance.security.connections import line_at
from chargeproof.acceptance.verdict import Verdict, inconclusive, not_applicable
from chargeproof.ocpp.security import CertificateSigned, ExtendedTriggerMessage, SignCertificate
from chargeproof.ocpp.security_enums import ExtendedMessageTrigger
from chargeproof.trace import Exchange, HandshakeSeen, Trace

OFFERED = "offered"
"""The parameter of the step that says what kind of certificate is offered."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """One trigger, and what came of it before the next one or the end of the step.

    ``line``: the handshake of the connection over which it was asked; ``following``: that stretch.
    """

    trigger: Exchange[ExtendedTriggerMessage]
    request: Exchange[SignCertificate] | None
    signed: Exchange[CertificateSigned] | None
    offered: str
    line: HandshakeSeen | None
    following: Trace

    @property
    def evidence(self) -> tuple[int, ...]:
        parts: list[Exchange[Any] | None] = [self.trigger, self.request, self.signed]
        return tuple(n for part in parts if part is not None for n in part.evidence)


def renewals(trace: Trace, step: str) -> list[Renewal]:
    """Those that were asked for in steps of that name."""
    found = []
    for span in trace.steps(step):
        stretch = trace.during(span)
        triggers = ours(stretch, ExtendedTriggerMessage, _asks_to_sign)
        for trigger, following in zip_longest(triggers, triggers[1:]):
            rest = stretch.after(trigger.n) if following is None else stretch.between(trigger.n, following.n)
            requests = theirs(rest, SignCertificate)
            signed = ours(rest, CertificateSigned)
            found.append(
                Renewal(
                    trigger,
                    requests[0] if requests else None,
                    signed[0] if signed else None,
                    str(span.parameters.get(OFFERED, "")),
                    line_at(trace, trigger.n),
                    rest,
                )
            )
    return found


def _asks_to_sign(trigger: ExtendedTriggerMessage) -> bool:
    return trigger.requested_message == ExtendedMessageTrigger.SIGN_CHARGE_POINT_CERTIFICATE


def key_before(trace: Trace, sent: Exchange[SignCertificate], key: bytes) -> Exchange[SignCertificate] | None:
    """An earlier request of the same key that led to a certificate which the station took."""
    for earlier in theirs(trace.until(sent.n - 1), SignCertificate):
        request = read_request(earlier.request.csr)
        if request is not None and key_of(request) == key and _was_certified(trace, earlier):
            return earlier
    return None


def _was_certified(trace: Trace, sent: Exchange[SignCertificate]) -> bool:
    later = trace.after(sent.n)
    following = theirs(later, SignCertificate)
    stretch = trace.between(sent.n, following[0].n) if following else later
    return any(signed.status == "Accepted" for signed in ours(stretch, CertificateSigned))


def not_signed(trace: Trace, renewal: Renewal) -> Verdict:
    """The verdict where the station was offered no certificate."""
    sent = renewal.request
    if sent is None:
        return inconclusive("no SignCertificate came", renewal.trigger.evidence)
    request = read_request(sent.request.csr)
    names = common_names(request) if request is not None else []
    if sent.status == "Rejected" and names and names[0] in serial_numbers_told(trace):
        return not_applicable(
            f"our authority signs for charge point ids, and not for the serial number {names[0]}",
            sent.evidence,
        )
    return inconclusive(f"nothing was signed: SignCertificate was answered {sent.status}", sent.evidence)

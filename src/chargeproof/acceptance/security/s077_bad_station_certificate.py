"""TC_077: a certificate that is not for this station, or of nobody it trusts, is refused and told of."""

from collections.abc import Callable

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.quantifiers import every, refusal, scene_not_played, seek
from chargeproof.acceptance.security.certificate_scenes import (
    OFFER_BAD_CERTIFICATE,
    OFFER_BAD_CERTIFICATES,
    offer_bad_certificates,
)
from chargeproof.acceptance.security.certificates_in_record import (
    certified,
    not_known,
    serial_in,
)
from chargeproof.acceptance.security.connections import CERTIFICATE_PROFILE, profile_of
from chargeproof.acceptance.security.renewals_in_record import Renewal, not_signed, renewals
from chargeproof.acceptance.stage import Stage
from chargeproof.acceptance.verdict import Verdict, failed, inconclusive, not_applicable, passed
from chargeproof.acceptance.windows import window_s
from chargeproof.ocpp.security import SecurityEventNotification
from chargeproof.ocpp.security_enums import SecurityEvent
from chargeproof.trace import HandshakeSeen, Trace

case = Case(
    77,
    "Invalid ChargePointCertificate Security Event",
    criteria={
        "TC_077": (
            "A certificate that is for another name or key, of an unknown authority or expired is answered "
            "Rejected, and SecurityEventNotification InvalidChargePointCertificate follows."
        ),
    },
    group="security",
)
_OCTT = ("TC_077_CS",)
_WHAT = {
    "wrong name": "a certificate for another name",
    "wrong key": "a certificate for another key",
    "wrong root": "a certificate of an unknown authority",
    "expired": "an expired certificate",
}


@case.drive
async def drive(stage: Stage) -> None:
    """Four requests, each answered with a certificate in which one thing is wrong."""
    await offer_bad_certificates(stage)


def _every_offer(trace: Trace, judge_one: Callable[[Trace, Renewal], Verdict]) -> Verdict:
    return every(
        [each for each in renewals(trace, OFFER_BAD_CERTIFICATE) if each.offered in _WHAT],
        lambda offer: not_known(trace, offer.trigger) or judge_one(trace, offer),
        nothing=scene_not_played(trace, OFFER_BAD_CERTIFICATES, "no such certificate was offered"),
    )


@case.check("TC_077a", "It is answered Rejected", clause="W§ A02.FR.06, 07, W§5.2", octt=_OCTT)
def a_bad_certificate_is_rejected(trace: Trace) -> Verdict:
    return _every_offer(trace, _rejected)


def _rejected(trace: Trace, offer: Renewal) -> Verdict:
    if offer.signed is None:
        return not_signed(trace, offer)
    what = _WHAT[offer.offered]
    refused = refusal(trace, offer.signed, "Rejected", asked=f"CertificateSigned with {what}")
    return refused or passed(f"{what} was rejected", offer.signed.evidence)


@case.check(
    "TC_077b",
    "SecurityEventNotification InvalidChargePointCertificate follows",
    clause="W§ A02.FR.07, W§8",
    octt=_OCTT,
)
def a_bad_certificate_is_told_of(trace: Trace) -> Verdict:
    return _every_offer(trace, _told)


def _told(trace: Trace, offer: Renewal) -> Verdict:
    if offer.signed is None:
        return not_signed(trace, offer)
    if offer.signed.status != "Rejected":
        return inconclusive("no certificate was rejected", offer.evidence)
    wanted = SecurityEvent.INVALID_CHARGE_POINT_CERTIFICATE
    sought = seek(
        trace,
        SecurityEventNotification,
        lambda event: event.type == wanted,
        after=offer.signed.call,
        within_s=window_s(trace, "message"),
    )
    if sought.found is None:
        reason = f"no security event followed {_WHAT[offer.offered]}"
        return sought.missing(reason, offer.signed.evidence, expected=f"SecurityEventNotification {wanted}")
    return passed(
        f"{wanted} followed {_WHAT[offer.offered]}", (*offer.signed.evidence, *sought.found.evidence)
    )


@case.check(
    "TC_077c",
    "With security profile 3 no connection shows such a certificate",
    clause="W§ A02.FR.07",
    octt=_OCTT,
)
def a_bad_certificate_is_not_used(trace: Trace) -> Verdict:
    offers = [each for each in renewals(trace, OFFER_BAD_CERTIFICATE) if each.offered in _WHAT]
    if not offers:
        return scene_not_played(trace, OFFER_BAD_CERTIFICATES, "no such certificate was offered")
    unknown = not_known(trace, offers[0].trigger)
    return unknown or _unused(trace, offers)


def _unused(trace: Trace, offers: list[Renewal]) -> Verdict:
    line = offers[0].line
    if profile_of(line) != CERTIFICATE_PROFILE:
        return not_applicable(
            f"security profile {profile_of(line)} is in use: the station shows no certificate of its own",
            (offers[0].trigger.n, *((line.n,) if line is not None else ())),
        )
    rejected = [
        each.signed for each in offers if each.signed is not None and each.signed.status == "Rejected"
    ]
    bad = {serial_in(signed.request.certificate_chain) for signed in rejected}
    if offers[0].signed is None:
        return not_signed(trace, offers[0])
    if not rejected:
        return inconclusive("no certificate was rejected", offers[0].evidence)
    shown = certified(trace.after(rejected[0].n).of(HandshakeSeen))
    known = (rejected[0].n, *(handshake.n for handshake, _ in shown))
    if not shown:
        return inconclusive("the station did not connect with a certificate after that", known)
    used = next((pair for pair in shown if pair[1] in bad), None)
    if used is not None:
        return failed(
            "a certificate that was rejected is in use all the same",
            (rejected[0].n, used[0].n),
            expected="the certificate of before",
            seen=f"serial number {used[1]:X}",
        )
    return passed("the certificate of before is still in use", known)

"""TC_074: the station's own certificate is renewed when the central system asks for it."""

from collections.abc import Callable

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.quantifiers import every, refusal, scene_not_played, seek
from chargeproof.acceptance.security.certificate_scenes import RENEW_CERTIFICATE, renew_certificate
from chargeproof.acceptance.security.certificates_in_record import (
    certified,
    common_names,
    is_signed_by_its_key,
    key_of,
    not_known,
    operator_in_csr,
    organizations,
    read_request,
    serial_in,
    serial_numbers_told,
    weakness,
)
from chargeproof.acceptance.security.connections import CERTIFICATE_PROFILE, profile_of
from chargeproof.acceptance.security.renewals_in_record import Renewal, key_before, not_signed, renewals
from chargeproof.acceptance.stage import Stage
from chargeproof.acceptance.verdict import Verdict, failed, inconclusive, not_applicable, passed
from chargeproof.acceptance.windows import window_s
from chargeproof.ocpp.security import SignCertificate
from chargeproof.trace import HandshakeSeen, Trace

case = Case(
    74,
    "Update Charge Point Certificate by request of Central System",
    criteria={
        "TC_074": (
            "ExtendedTriggerMessage SignChargePointCertificate leads to SignCertificate; the certificate that "
            "comes with CertificateSigned is taken and used."
        ),
    },
    group="security",
)


@case.drive
async def drive(stage: Stage) -> None:
    """Two renewals, so that the key of the second can be held against that of the first."""
    await renew_certificate(stage)


def _every_renewal(trace: Trace, judge_one: Callable[[Trace, Renewal], Verdict]) -> Verdict:
    return every(
        renewals(trace, RENEW_CERTIFICATE),
        lambda renewal: not_known(trace, renewal.trigger) or judge_one(trace, renewal),
        nothing=scene_not_played(trace, RENEW_CERTIFICATE, "no certificate was asked to be renewed"),
    )


@case.check(
    "TC_074a",
    "Asked to, the station sends SignCertificate",
    clause="W§ A02.FR.02, W§5.5",
    octt=("TC_074_CS",),
)
def a_request_follows_the_trigger(trace: Trace) -> Verdict:
    return every(
        renewals(trace, RENEW_CERTIFICATE),
        lambda renewal: _asked(trace, renewal),
        nothing=scene_not_played(trace, RENEW_CERTIFICATE, "no certificate was asked to be renewed"),
    )


def _asked(trace: Trace, renewal: Renewal) -> Verdict:
    trigger = renewal.trigger
    shown = certified(trace.of(HandshakeSeen))
    if not shown and (unknown := not_known(trace, trigger)) is not None:
        return unknown
    refused = refusal(trace, trigger, "Accepted", asked="ExtendedTriggerMessage SignChargePointCertificate")
    if refused is not None:
        return refused
    sought = seek(trace, SignCertificate, after=trigger.call, within_s=window_s(trace, "certificate"))
    if sought.found is None:
        return sought.missing(
            "SignCertificate did not follow the accepted trigger",
            trigger.evidence,
            expected="SignCertificate",
        )
    seconds = round(sought.found.mono - trigger.mono, 1)
    return passed(
        f"SignCertificate came {seconds} s after the trigger",
        (*trigger.evidence, *sought.found.evidence),
        figures={"signing_request_s": seconds},
    )


@case.check(
    "TC_074b",
    "Its request is sound: PKCS#10, signed, in the station's name, with a new and strong key",
    clause="W§ A00.FR.502, 503, A02.FR.02, 03, 13",
    octt=("TC_074_CS",),
)
def the_request_is_sound(trace: Trace) -> Verdict:
    return _every_renewal(trace, _sound)


def _sound(trace: Trace, renewal: Renewal) -> Verdict:
    sent = renewal.request
    if sent is None:
        return inconclusive("no SignCertificate came", renewal.trigger.evidence)
    request = read_request(sent.request.csr)
    expected = "a PKCS#10 request in PEM (RFC 2986)"
    if request is None:
        return failed(
            "the csr is no signing request in PEM", sent.evidence, expected=expected, seen="another text"
        )
    if not is_signed_by_its_key(request):
        seen = "a signature that does not fit"
        return failed("the csr is not signed with its own key", sent.evidence, expected=expected, seen=seen)
    weak = weakness(request)
    if weak:
        wanted = "RSA of 2048 bits or ECDSA of 224 bits at least"
        return failed(f"the csr is for {weak}", sent.evidence, expected=wanted, seen=weak)
    earlier = key_before(trace, sent, key_of(request))
    if earlier is not None:
        return failed(
            "the csr is for a key that has a certificate already",
            (*earlier.evidence, *sent.evidence),
            expected="a new key pair for each request",
            seen="the key of an earlier request",
        )
    wanted = operator_in_csr(trace, sent.n)
    if wanted and organizations(request) != [wanted]:
        shown = ", ".join(organizations(request)) or "none"
        return failed(
            f"the csr names the organization {shown}",
            sent.evidence,
            expected=f"the CpoName {wanted}",
            seen=f"organization {shown}",
        )
    return _named(trace, renewal, common_names(request))


def _named(trace: Trace, renewal: Renewal, names: list[str]) -> Verdict:
    head, sent = trace.head, renewal.request
    evidence = sent.evidence if sent is not None else ()
    own = head.charge_point_id if head is not None else ""
    shown = ", ".join(names) or "none"
    if names == [own] or (names and head is None):
        return passed(f"the csr is sound, its common name is {shown}", evidence)
    if len(names) == 1 and names[0] in serial_numbers_told(trace):
        return passed(f"the csr is sound, its common name is {shown}", evidence).with_remark(
            f"the common name is the serial number {shown} and not the charge point id; a central system "
            "that expects the id refuses it"
        )
    return failed(
        f"the csr is for the common name {shown}" if names else "the csr has no common name",
        evidence,
        expected=f"the charge point id {own}",
        seen=f"common name {shown}",
    )


@case.check(
    "TC_074c",
    "The certificate that was signed for it is taken",
    clause="W§ A02.FR.06, W§5.1",
    octt=("TC_074_CS",),
)
def the_certificate_is_taken(trace: Trace) -> Verdict:
    return _every_renewal(trace, _taken)


def _taken(trace: Trace, renewal: Renewal) -> Verdict:
    if renewal.signed is None:
        return not_signed(trace, renewal)
    refused = refusal(trace, renewal.signed, "Accepted", asked="CertificateSigned with a good certificate")
    return refused or passed("the new certificate was accepted", renewal.signed.evidence)


@case.check(
    "TC_074d",
    "With security profile 3 the next connection shows the new certificate",
    clause="W§ A02.FR.08",
    octt=("TC_074_CS",),
)
def the_new_certificate_is_used(trace: Trace) -> Verdict:
    return _every_renewal(trace, _used)


def _used(trace: Trace, renewal: Renewal) -> Verdict:
    before = renewal.line
    if profile_of(before) != CERTIFICATE_PROFILE:
        return not_applicable(
            f"security profile {profile_of(before)} is in use: the station shows no certificate of its own",
            (renewal.trigger.n, *((before.n,) if before is not None else ())),
        )
    signed = renewal.signed
    if signed is None:
        return not_signed(trace, renewal)
    if signed.status != "Accepted" or signed.answer is None:
        return inconclusive("no new certificate was taken", renewal.trigger.evidence)
    wanted = serial_in(signed.request.certificate_chain)
    shown = certified(renewal.following.after(signed.answer.n).of(HandshakeSeen))
    expected = f"serial number {wanted:X}" if wanted is not None else "the new certificate"
    if not shown:
        return inconclusive(
            "the station did not connect with a certificate after that", signed.evidence, expected=expected
        )
    handshake, serial = shown[-1]
    known = (*signed.evidence, handshake.n)
    if serial == wanted:
        return passed("the new certificate is in use", known)
    return failed(
        "the station goes on with another certificate than the new one",
        known,
        expected=expected,
        seen=f"serial number {serial:X}",
    )

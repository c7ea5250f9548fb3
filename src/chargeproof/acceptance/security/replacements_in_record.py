"""What a station with AdditionalRootCertificateCheck made of roots that were to follow the one it has."""

from collections.abc import Callable
from dataclasses import dataclass

from cryptography import x509

from chargeproof.acceptance.configuration_in_record import key_readings
from chargeproof.acceptance.quantifiers import every, ours, refusal, scene_not_played
from chargeproof.acceptance.security.certificate_scenes import CENTRAL, ROOT_CHECK
from chargeproof.acceptance.security.certificates_in_record import read_chain
from chargeproof.acceptance.security.connections import USES_TLS, accepted, newest
from chargeproof.acceptance.security.replacement_scenes import (
    CONNECT_UNDER_IT,
    OFFER_ROOT,
    OFFERED,
    REPLACE_ROOT,
    SIGNED,
    names,
)
from chargeproof.acceptance.security.roots_in_record import (
    Listing,
    full_store,
    items_of,
    listings,
    one_root_only,
)
from chargeproof.acceptance.verdict import Verdict, failed, inconclusive, not_applicable, passed
from chargeproof.ocpp.security import InstallCertificate
from chargeproof.trace import Exchange, Trace

WORDS = {
    "stranger": "a root that signed itself",
    "look-alike": "a root with the name of the present one and another key",
    SIGNED: "a root that the present one signed",
}
MOST = 2
"""The root, and for a while the one that it replaced."""


@dataclass(frozen=True, slots=True)
class Offer:
    """An InstallCertificate that is to replace a root, with the lists before and after it."""

    install: Exchange[InstallCertificate]
    root: x509.Certificate
    words: str
    before: Listing | None
    after: Listing | None

    @property
    def known(self) -> tuple[int, ...]:
        return (*self.install.evidence, *(self.after.evidence if self.after is not None else ()))


def is_listed(offer: Offer) -> bool:
    return any(names(data, offer.root) for data in items_of(offer.after))


def offers(trace: Trace, *, signed: bool) -> list[Offer]:
    found = []
    for span in trace.steps(OFFER_ROOT):
        offered, stretch = str(span.parameters[OFFERED]), trace.during(span)
        installs = ours(stretch, InstallCertificate)
        if installs and (offered == SIGNED) == signed:
            before = listings(trace.until(installs[0].n), CENTRAL)
            after = listings(stretch, CENTRAL)
            root = read_chain(installs[0].request.certificate)[0]
            newest_before = before[-1] if before else None
            found.append(Offer(installs[0], root, WORDS[offered], newest_before, after[0] if after else None))
    return found


def every_offer(trace: Trace, judge_one: Callable[[Trace, Offer], Verdict], *, signed: bool) -> Verdict:
    found = offers(trace, signed=signed)
    if not found and (lacking := check_lacking(trace)) is not None:
        return lacking
    nothing = scene_not_played(trace, REPLACE_ROOT, "no root was offered in the place of the present one")
    return every(found, lambda each: judge_one(trace, each), nothing=nothing)


def check_lacking(trace: Trace) -> Verdict | None:
    """Not applicable at a station that keeps as many roots as it is given."""
    read = key_readings(trace, ROOT_CHECK)
    if not read or one_root_only(trace) is not None:
        return None
    value = "not there" if read[-1].value is None else read[-1].value
    return not_applicable(f"{ROOT_CHECK} is {value}", read[-1].exchange.evidence)


def kept_out(_trace: Trace, offer: Offer) -> Verdict:
    """Of a root that the present one did not sign."""
    refused = refusal(_trace, offer.install, "Rejected", asked=offer.words)
    if refused is not None:
        return refused
    if offer.after is None or offer.before is None:
        return inconclusive("GetInstalledCertificateIds was not answered before and after it", offer.known)
    if is_listed(offer):
        return failed(
            f"{offer.words} was rejected, and is listed",
            offer.known,
            expected="it is not installed",
            seen=f"serial number {offer.root.serial_number:x} in the list",
        )
    serials = {data.serial_number for data in items_of(offer.after)}
    lost = [data.serial_number for data in items_of(offer.before) if data.serial_number not in serials]
    if lost:
        return failed(
            f"{offer.words} was rejected, and the present one is gone",
            (*offer.before.evidence, *offer.known),
            expected="the present one stays",
            seen=f"missing: serial number {', '.join(lost)}",
        )
    return passed(f"{offer.words} was rejected, and the present one stays", offer.known)


def taken(trace: Trace, offer: Offer) -> Verdict:
    """Of a root that the present one signed."""
    full = full_store(trace.until(offer.install.n))
    if offer.install.status == "Rejected" and full:
        return inconclusive(f"it was rejected, and {full}", offer.known)
    refused = refusal(trace, offer.install, "Accepted", asked=offer.words)
    if refused is not None:
        return refused
    if offer.after is None:
        return inconclusive("GetInstalledCertificateIds was not answered after it", offer.known)
    listed = items_of(offer.after)
    if not is_listed(offer):
        return failed(
            f"{offer.words} was accepted, and is not listed",
            offer.known,
            expected=f"serial number {offer.root.serial_number:x}",
            seen=", ".join(f"serial number {data.serial_number}" for data in listed) or "nothing",
        )
    if len(listed) > MOST:
        return failed(
            f"{len(listed)} roots are listed",
            offer.known,
            expected="the new one, and at most the one that it replaced",
            seen=", ".join(f"serial number {data.serial_number}" for data in listed),
        )
    return passed(f"{offer.words} took its place", offer.known)


def replaced_is_gone(trace: Trace) -> Verdict:
    """Once the station has connected under the newest of the signed ones."""
    lacking = check_lacking(trace) or USES_TLS.lacking(trace, newest(trace, REPLACE_ROOT))
    if lacking is not None:
        return lacking
    span = newest(trace, CONNECT_UNDER_IT)
    if span is None:
        return scene_not_played(trace, REPLACE_ROOT, "no new root was taken under which it could connect")
    stretch = trace.during(span)
    shakes = accepted(stretch)
    followers = [
        each for each in offers(trace, signed=True) if is_listed(each) and each.install.n < span.began.n
    ]
    listed = listings(stretch.after(shakes[0].n), CENTRAL) if shakes else []
    if not shakes or not listed or not followers:
        return inconclusive(
            "it did not connect under the new root, and list what it has then", (span.began.n,)
        )
    present = followers[-1].root
    known = (*followers[-1].install.evidence, shakes[0].n, *listed[0].evidence)
    left = [data.serial_number for data in items_of(listed[0]) if not names(data, present)]
    if left:
        return failed(
            "the root that was replaced is still listed after a connection under the new one",
            known,
            expected=f"serial number {present.serial_number:x} alone",
            seen=f"serial number {', '.join(left)} beside it",
        )
    if not items_of(listed[0]):
        return failed("no root is listed any more", known, expected="the new one", seen="nothing")
    return passed("it connected under the new root, and the one before is gone", known)

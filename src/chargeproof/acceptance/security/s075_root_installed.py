"""TC_075: root certificates are installed, for the central system and for the manufacturer."""

from collections.abc import Callable

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.quantifiers import refusal, scene_not_played, together
from chargeproof.acceptance.security.certificate_scenes import (
    INSTALL_ROOTS,
    delete_roots,
)
from chargeproof.acceptance.security.certificates_in_record import what_differs
from chargeproof.acceptance.security.roots_in_record import (
    Installation,
    excused,
    installations,
    items_of,
    left_to_replacement,
    missing_of,
    near_item,
    right_item,
)
from chargeproof.acceptance.stage import Stage
from chargeproof.acceptance.verdict import Verdict, failed, inconclusive, passed
from chargeproof.trace import Trace

case = Case(
    75,
    "Install certificate",
    criteria={
        "TC_075": (
            "InstallCertificate is accepted for a CentralSystemRootCertificate and a ManufacturerRootCertificate, "
            "and GetInstalledCertificateIds lists them by their hashes."
        ),
    },
    group="security",
)
_OCTT = ("TC_075_1_CS", "TC_075_2_CS")


@case.drive
async def drive(stage: Stage) -> None:
    """What is installed here is deleted again."""
    await delete_roots(stage)


def _every_installation(trace: Trace, judge_one: Callable[[Trace, Installation], Verdict]) -> Verdict:
    tried = installations(trace)
    verdicts = [excused(trace, each) or judge_one(trace, each) for each in tried]
    verdicts += left_to_replacement(trace, tried)
    if not verdicts:
        return scene_not_played(trace, INSTALL_ROOTS, "no certificate was installed")
    return together(verdicts)


@case.check("TC_075a", "InstallCertificate is accepted", clause="W§ M05.FR.02, W§5.11", octt=_OCTT)
def a_root_is_accepted(trace: Trace) -> Verdict:
    return _every_installation(trace, _accepted)


def _accepted(trace: Trace, each: Installation) -> Verdict:
    refused = refusal(trace, each.install, "Accepted", asked=f"InstallCertificate {each.use}")
    return refused or passed(f"the {each.use} was accepted", each.install.evidence)


@case.check(
    "TC_075b",
    "GetInstalledCertificateIds lists it by its hashes, beside what was there before",
    clause="W§ M03.FR.04, W§6.1, RFC 6960",
    octt=_OCTT,
)
def the_root_is_listed(trace: Trace) -> Verdict:
    return _every_installation(trace, _listed)


def _listed(trace: Trace, each: Installation) -> Verdict:
    if each.install.status != "Accepted":
        return inconclusive(f"the {each.use} was not installed", each.install.evidence)
    if each.after is None:
        return inconclusive(
            "GetInstalledCertificateIds was not answered after the installation", each.install.evidence
        )
    known = (*each.install.evidence, *each.after.evidence)
    lost = missing_of(each.before, each.after)
    if lost:
        return failed(
            f"the {each.use} took the place of what was installed before",
            (*known, *(each.before.evidence if each.before is not None else ())),
            expected="what was listed before is still listed",
            seen=f"missing: serial number {', '.join(lost)}",
        )
    right, near = right_item(each.after, each.root), near_item(each.after, each.root)
    if right is not None:
        verdict = passed(f"the {each.use} is listed by the right hashes", known)
        if str(right.serial_number).startswith("0"):
            return verdict.with_remark("its serial number is written with leading zeros")
        return verdict
    if near is not None:
        wrong = ", ".join(what_differs(near, each.root))
        return failed(
            f"the {each.use} is listed with a wrong {wrong}",
            known,
            expected="the hashes that RFC 6960 makes of the certificate",
            seen=f"another {wrong}",
        )
    return _absent(each, known, "after it was accepted")


def _absent(each: Installation, known: tuple[int, ...], when: str, later: bool = False) -> Verdict:
    listed = items_of(each.later if later else each.after)
    seen = ", ".join(f"serial number {item.serial_number}" for item in listed) or "nothing"
    return failed(
        f"the {each.use} is not listed {when}",
        known,
        expected=f"serial number {each.root.serial_number:x}",
        seen=seen,
    )


@case.check("TC_075c", "It is still there after a reset", clause="W§ M05.FR.02, W§2.6.4", octt=_OCTT)
def the_root_outlives_a_reset(trace: Trace) -> Verdict:
    return _every_installation(trace, _outlives)


def _outlives(trace: Trace, each: Installation) -> Verdict:
    if near_item(each.after, each.root) is None:
        return inconclusive(f"the {each.use} was not listed before the reset", each.install.evidence)
    if each.later is None:
        return inconclusive("no list was given after a reset", each.install.evidence)
    known = (*each.install.evidence, *each.later.evidence)
    if near_item(each.later, each.root) is None:
        return _absent(each, known, "after a reset", later=True)
    return passed(f"the {each.use} is still listed after a reset", known)

"""TC_076: a root certificate is deleted."""

from collections.abc import Callable

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.quantifiers import every, refusal, scene_not_played, together
from chargeproof.acceptance.security.certificate_scenes import DELETE_ROOTS, delete_roots
from chargeproof.acceptance.security.roots_in_record import (
    Deletion,
    deletions,
    excused,
    installations,
    missing_of,
    near_item,
    right_item,
)
from chargeproof.acceptance.stage import Stage
from chargeproof.acceptance.verdict import Verdict, failed, inconclusive, passed
from chargeproof.trace import Trace

case = Case(
    76,
    "Delete a specific certificate from the Charge Point",
    criteria={
        "TC_076": "DeleteCertificate deletes the certificate that it names, and no list shows it any more."
    },
    group="security",
)
_OCTT = ("TC_076_CS",)


@case.drive
async def drive(stage: Stage) -> None:
    """The roots that were installed for TC_075."""
    await delete_roots(stage)


def _every_deletion(trace: Trace, judge_one: Callable[[Trace, Deletion], Verdict]) -> Verdict:
    installed = installations(trace)
    excuses = [excused(trace, each) for each in installed]
    if installed and all(excuses):
        return together([excuse for excuse in excuses if excuse is not None])
    return every(
        deletions(trace, installed),
        lambda deletion: judge_one(trace, deletion),
        nothing=_nothing(trace),
    )


def _nothing(trace: Trace) -> Verdict:
    installed = [each for each in installations(trace) if near_item(each.after, each.root) is not None]
    if installed:
        return scene_not_played(trace, DELETE_ROOTS, "no certificate was deleted")
    known = [n for each in installations(trace) for n in each.install.evidence]
    if known:
        return inconclusive(
            "nothing of ours was listed as installed, so that nothing could be deleted", known
        )
    return scene_not_played(trace, DELETE_ROOTS, "no certificate was deleted")


@case.check(
    "TC_076a",
    "DeleteCertificate deletes what it names, and nothing else",
    clause="W§ M04.FR.02, W§5.3",
    octt=_OCTT,
)
def the_root_is_deleted(trace: Trace) -> Verdict:
    return _every_deletion(trace, _deleted)


def _deleted(trace: Trace, deletion: Deletion) -> Verdict:
    first = deletion.first
    if right_item(deletion.before, deletion.root) is None and first.status == "NotFound":
        return inconclusive(
            "the station lists it by other hashes than those of DeleteCertificate", first.evidence
        )
    refused = refusal(trace, first, "Accepted", asked="DeleteCertificate of an installed certificate")
    if refused is not None:
        return refused
    if deletion.after is None:
        return inconclusive("GetInstalledCertificateIds was not answered after it", first.evidence)
    known = (*first.evidence, *deletion.after.evidence)
    if near_item(deletion.after, deletion.root) is not None:
        return failed(
            "DeleteCertificate was accepted, and the certificate is still listed",
            known,
            expected="it is not listed any more",
            seen=f"serial number {deletion.root.serial_number:x} in the list",
        )
    own = near_item(deletion.before, deletion.root)
    lost = [
        serial
        for serial in missing_of(deletion.before, deletion.after)
        if own is None or serial != str(own.serial_number)
    ]
    if lost:
        return failed(
            "DeleteCertificate deleted more than the certificate that it named",
            known,
            expected="the others are still listed",
            seen=f"missing: serial number {', '.join(lost)}",
        )
    return passed("the certificate was deleted, and is not listed any more", known)


@case.check(
    "TC_076b",
    "A certificate that is not there is answered NotFound",
    clause="W§ M04.FR.04, W§6.7",
    octt=_OCTT,
)
def a_missing_root_is_not_found(trace: Trace) -> Verdict:
    return _every_deletion(trace, _not_found)


def _not_found(trace: Trace, deletion: Deletion) -> Verdict:
    again = deletion.again
    if again is None or deletion.first.status != "Accepted":
        return inconclusive("the certificate was not deleted the first time", deletion.first.evidence)
    if near_item(deletion.after, deletion.root) is not None:
        return inconclusive("the certificate was still listed", deletion.first.evidence)
    refused = refusal(trace, again, "NotFound", asked="DeleteCertificate of a certificate that is gone")
    return refused or passed("the second DeleteCertificate was answered NotFound", again.evidence)

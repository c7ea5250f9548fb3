"""Whether a station has the security extension of OCPP 1.6 at all; one without it fails nothing here."""

from functools import wraps
from typing import Any

from chargeproof.acceptance.case import Judge
from chargeproof.acceptance.quantifiers import ours
from chargeproof.acceptance.stage import CannotError, Stage, scene
from chargeproof.acceptance.verdict import Verdict, not_applicable
from chargeproof.ocpp.security import GetInstalledCertificateIds
from chargeproof.ocpp.security_enums import CertificateUse
from chargeproof.trace import Trace

ASK_FOR_EXTENSION = "ask for the security extension"
LACKING = ("NotImplemented", "NotSupported")
NO_EXTENSION = "the station does not have the security extension"


@scene(ASK_FOR_EXTENSION)
async def ask_for_extension(stage: Stage) -> None:
    """GetInstalledCertificateIds, which changes nothing. Raises CannotError at a station that knows it not."""
    answer = await stage.station.call(
        GetInstalledCertificateIds(certificate_type=CertificateUse.CENTRAL_SYSTEM_ROOT)
    )
    if answer.error_code in LACKING:
        raise CannotError(f"{NO_EXTENSION}: GetInstalledCertificateIds was answered {answer.error_code}")


def needs_extension(judge: Judge) -> Judge:
    """A check that does not arise at a station without the extension, with the frame that says so."""

    @wraps(judge)
    def judged(trace: Trace) -> Verdict:
        lacking = extension_lacking(trace)
        return judge(trace) if lacking is None else lacking

    return judged


def extension_lacking(trace: Trace) -> Verdict | None:
    """Not applicable, where the station answered that it knows no such message."""
    for asked in ours(trace, GetInstalledCertificateIds):
        if asked.error is not None and asked.error.error_code in LACKING:
            return not_applicable(
                f"{NO_EXTENSION}: GetInstalledCertificateIds was answered {asked.error.error_code}",
                asked.evidence,
            )
    return None


def message_lacking(trace: Trace, action: type[Any]) -> Verdict | None:
    """Not applicable, where the station knows the extension but not this message of it."""
    for asked in ours(trace, action):
        if asked.error is not None and asked.error.error_code in LACKING:
            return not_applicable(
                f"the station does not know {asked.action}: {asked.error.error_code}", asked.evidence
            )
    return None

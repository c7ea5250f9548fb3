"""TC_078: Invalid CentralSystemCertificate Security Event."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import get_args

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.quantifiers import scene_not_played, together
from chargeproof.acceptance.security.connections import USES_TLS
from chargeproof.acceptance.security.extension import needs_extension
from chargeproof.acceptance.security.ports import ServerShown
from chargeproof.acceptance.security.replacement_scenes import replace_root
from chargeproof.acceptance.security.replacements_in_record import (
    every_offer,
    kept_out,
    replaced_is_gone,
    taken,
)
from chargeproof.acceptance.security.wrong_servers import be_wrong_server, event_told, kept_away
from chargeproof.acceptance.stage import CannotError, Stage, scene
from chargeproof.acceptance.verdict import Verdict
from chargeproof.ocpp.security_enums import SecurityEvent
from chargeproof.trace import StepSpan, Trace

case = Case(
    78,
    "Invalid CentralSystemCertificate Security Event",
    criteria={
        "TC_078": "The station connects to no server whose certificate is wrong, and tells of it; where it checks "
        "additional roots, it takes none that the present one did not sign"
    },
    group="security",
)

SHOW_BAD_CERTIFICATES = "show server certificates that are not to be believed"
SHOW_BAD_CERTIFICATE = "show a server certificate that is not to be believed"
EVENT = SecurityEvent.INVALID_CENTRAL_SYSTEM_CERTIFICATE
WORDS = {
    "wrong root": "a server with a certificate of an unknown authority",
    "wrong name": "a server with a certificate for another host",
    "expired": "a server with an expired certificate",
}
OCTT = ("TC_078_CS",)


@case.drive
async def drive(stage: Stage) -> None:
    """Each certificate for as long as a station needs to try again; then what may follow the root it trusts."""
    with suppress(CannotError):  # the record has the reason
        await replace_root(stage)
    await show_bad_certificates(stage)


@scene(SHOW_BAD_CERTIFICATES)
async def show_bad_certificates(stage: Stage) -> None:
    USES_TLS.require(stage)
    reasons = [await _shown(stage, shown) for shown in get_args(ServerShown)]
    if all(reasons):
        raise CannotError(reasons[0])


async def _shown(stage: Stage, shown: ServerShown) -> str:
    """Why it could not be shown; "" where it was."""
    try:
        async with stage.step(SHOW_BAD_CERTIFICATE, shown=shown):
            show = partial(stage.station.security.show_server_certificate, shown)
            await be_wrong_server(stage, show, EVENT)
    except CannotError as error:
        return str(error)
    return ""


@case.check(
    "TC_078a",
    "It opens no connection to a server whose certificate is of an unknown authority, for another host, or expired",
    clause="W§ A00.FR.307 to 310, A00.FR.411 to 414",
    octt=OCTT,
)
def no_connection_comes_about(trace: Trace) -> Verdict:
    return _each(trace, kept_away)


@case.check(
    "TC_078b",
    "Then it tells of InvalidCentralSystemCertificate",
    clause="W§ A00.FR.309, A00.FR.413",
    octt=OCTT,
)
def event_is_told(trace: Trace) -> Verdict:
    return _each(trace, event_told)


@case.check(
    "TC_078c",
    "With AdditionalRootCertificateCheck a root that the present one did not sign is rejected, and that one stays",
    clause="W§ M05.FR.09, M05.FR.10",
    octt=OCTT,
)
@needs_extension
def other_roots_are_kept_out(trace: Trace) -> Verdict:
    return every_offer(trace, kept_out, signed=False)


@case.check(
    "TC_078d",
    "With AdditionalRootCertificateCheck a root that the present one signed takes its place",
    clause="W§ M05.FR.08, M05.FR.09, M05.FR.11",
    octt=OCTT,
)
@needs_extension
def signed_root_is_taken(trace: Trace) -> Verdict:
    return every_offer(trace, taken, signed=True)


@case.check(
    "TC_078e",
    "Once it has connected under the new root, the one before is gone",
    clause="W§ M05.FR.12",
    octt=OCTT,
)
@needs_extension
def replaced_root_is_gone(trace: Trace) -> Verdict:
    return replaced_is_gone(trace)


def _each(trace: Trace, judge: Callable[[Trace, StepSpan, str, SecurityEvent], Verdict]) -> Verdict:
    lacking = USES_TLS.lacking(trace, next(iter(trace.steps(SHOW_BAD_CERTIFICATES)), None))
    if lacking is not None:
        return lacking
    spans = [span for span in trace.steps(SHOW_BAD_CERTIFICATE) if span.phase != "cannot"]
    if not spans:
        return scene_not_played(trace, SHOW_BAD_CERTIFICATES, "no other certificate was shown")
    return together([judge(trace, span, WORDS[str(span.parameters["shown"])], EVENT) for span in spans])

"""TC_078: Invalid CentralSystemCertificate Security Event."""

from collections.abc import Callable
from typing import get_args

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.quantifiers import absence, scene_not_played, theirs, together
from chargeproof.acceptance.security.connections import USES_TLS, accepted
from chargeproof.acceptance.security.ports import ServerShown
from chargeproof.acceptance.stage import CannotError, Stage, scene
from chargeproof.acceptance.verdict import Verdict, failed, inconclusive, passed
from chargeproof.acceptance.windows import window_s
from chargeproof.ocpp.security import SecurityEventNotification
from chargeproof.ocpp.security_enums import SecurityEvent
from chargeproof.trace import ConnectionClosed, Exchange, HandshakeSeen, StepSpan, Trace

case = Case(
    78,
    "Invalid CentralSystemCertificate Security Event",
    criteria={"TC_078": "The station connects to no server whose certificate is wrong, and tells of it"},
    group="security",
)

SHOW_BAD_CERTIFICATES = "show server certificates that are not to be believed"
SHOW_BAD_CERTIFICATE = "show a server certificate that is not to be believed"
EVENT = SecurityEvent.INVALID_CENTRAL_SYSTEM_CERTIFICATE
WORDS = {
    "wrong root": "a certificate of an unknown authority",
    "wrong name": "a certificate for another host",
    "expired": "an expired certificate",
}
OCTT = ("TC_078_CS",)


@case.drive
async def drive(stage: Stage) -> None:
    """Each certificate for as long as a station needs to try again; then the right one, until it is back."""
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
            stage.station.security.show_server_certificate(shown)
            try:
                since = stage.station.mark()
                stage.station.security.reconnect()
                await stage.station.silence(stage.windows["server_certificate"])
            finally:
                stage.station.security.show_own_server_certificate()
            if any(shake.n > since for shake in accepted(stage.station.record())):
                stage.station.security.reconnect()
                await stage.settle()
            await stage.station.wait_until_ready(within_s=stage.windows["reconnect"])
            await stage.station.wait_for(
                SecurityEventNotification,
                lambda event: event.type == EVENT,
                within_s=stage.windows["message"],
                since=since,
            )
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
    return _each(trace, _refused)


@case.check(
    "TC_078b",
    "Then it tells of InvalidCentralSystemCertificate",
    clause="W§ A00.FR.309, A00.FR.413",
    octt=OCTT,
)
def event_is_told(trace: Trace) -> Verdict:
    return _each(trace, _told)


def _each(trace: Trace, judge: Callable[[Trace, StepSpan], Verdict]) -> Verdict:
    lacking = USES_TLS.lacking(trace, next(iter(trace.steps(SHOW_BAD_CERTIFICATES)), None))
    if lacking is not None:
        return lacking
    spans = [span for span in trace.steps(SHOW_BAD_CERTIFICATE) if span.phase != "cannot"]
    if not spans:
        return scene_not_played(trace, SHOW_BAD_CERTIFICATES, "no other certificate was shown")
    return together([judge(trace, span) for span in spans])


def _refused(trace: Trace, span: StepSpan) -> Verdict:
    words = WORDS[str(span.parameters["shown"])]
    stretch = trace.during(span)
    gone = next(iter(stretch.of(ConnectionClosed)), None)
    if gone is None:
        return inconclusive(f"the connection did not end while {words} was shown", (span.began.n,))
    end = gone.mono + window_s(trace, "server_certificate")
    came = [shake for shake in accepted(stretch) if gone.n < shake.n and shake.mono < end]
    tried = [*_attempts(stretch), *(event.call for event in _events(stretch))]
    if not came and not tried:
        return inconclusive(
            f"it was away while {words} was shown, and nothing shows that it tried to connect",
            (span.began.n, gone.n),
        )
    if came:
        return failed(
            f"it connected to a server with {words}",
            (span.began.n, came[0].n),
            expected="no connection",
            seen=f"a connection over {came[0].tls}",
        )
    return passed(f"it did not connect to a server with {words}", (span.began.n, gone.n, tried[0].n))


def _told(trace: Trace, span: StepSpan) -> Verdict:
    refused = _refused(trace, span)
    words = WORDS[str(span.parameters["shown"])]
    told = _events(trace.during(span))
    if told:
        return passed(f"{EVENT} followed {words}", told[0].evidence)
    if refused.outcome != "pass":
        return inconclusive(f"it did not refuse {words}, so that there was nothing to tell", (span.began.n,))
    back = accepted(trace.during(span))
    if not back:
        return inconclusive(f"it did not come back after {words}, to tell of it", (span.began.n,))
    silence = absence(trace, back[-1].mono, window_s(trace, "message"), across_reconnects=True)
    if not silence.proved:
        return inconclusive(f"it did not tell of {words}, but {silence.why}", (span.began.n, back[-1].n))
    return failed(
        f"it did not tell of {words}",
        (span.began.n, back[-1].n, *silence.evidence),
        expected=f"SecurityEventNotification of {EVENT}",
        seen="none",
    )


def _events(stretch: Trace) -> list[Exchange[SecurityEventNotification]]:
    return [each for each in theirs(stretch, SecurityEventNotification) if str(each.request.type) == EVENT]


def _attempts(stretch: Trace) -> list[HandshakeSeen]:
    """Connections from the station's address that ended within the TLS handshake."""
    return [shake for shake in stretch.of(HandshakeSeen) if shake.outcome != "accepted"]

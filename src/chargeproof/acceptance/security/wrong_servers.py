"""Servers that a station must not connect to: how they are shown to it, and what it makes of them."""

from collections.abc import Callable

from chargeproof.acceptance.quantifiers import absence, theirs
from chargeproof.acceptance.security.connections import accepted
from chargeproof.acceptance.stage import Stage
from chargeproof.acceptance.verdict import Verdict, failed, inconclusive, passed
from chargeproof.acceptance.windows import window_s
from chargeproof.ocpp.security import SecurityEventNotification
from chargeproof.ocpp.security_enums import SecurityEvent
from chargeproof.trace import ConnectionClosed, Exchange, HandshakeSeen, StepSpan, Trace


async def be_wrong_server(stage: Stage, show: Callable[[], None], event: SecurityEvent) -> None:
    """For as long as a station needs to try again; then the right one, until it is back and has told of it."""
    show()
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
        lambda told: told.type == event,
        within_s=stage.windows["message"],
        since=since,
    )


def kept_away(trace: Trace, span: StepSpan, words: str, event: SecurityEvent) -> Verdict:
    """Whether it opened no connection while such a server (``words``) was all that there was."""
    stretch = trace.during(span)
    gone = next(iter(stretch.of(ConnectionClosed)), None)
    if gone is None:
        return inconclusive(f"the connection did not end while there was {words}", (span.began.n,))
    end = gone.mono + window_s(trace, "server_certificate")
    came = [shake for shake in accepted(stretch) if gone.n < shake.n and shake.mono < end]
    tried = [*attempts(stretch), *(each.call for each in told_of(stretch, event))]
    if not came and not tried:
        return inconclusive(
            f"it was away while there was {words}, and nothing shows that it tried to connect",
            (span.began.n, gone.n),
        )
    if came:
        return failed(
            f"it connected to {words}",
            (span.began.n, came[0].n),
            expected="no connection",
            seen=f"a connection over {came[0].tls}",
        )
    return passed(f"it did not connect to {words}", (span.began.n, gone.n, tried[0].n))


def event_told(trace: Trace, span: StepSpan, words: str, event: SecurityEvent) -> Verdict:
    """Whether the event followed such a server."""
    refused = kept_away(trace, span, words, event)
    told = told_of(trace.during(span), event)
    if told:
        return passed(f"{event} followed {words}", told[0].evidence)
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
        expected=f"SecurityEventNotification of {event}",
        seen="none",
    )


def told_of(stretch: Trace, event: SecurityEvent) -> list[Exchange[SecurityEventNotification]]:
    return [each for each in theirs(stretch, SecurityEventNotification) if str(each.request.type) == event]


def attempts(stretch: Trace) -> list[HandshakeSeen]:
    """Connections from the station's address that ended within the TLS handshake."""
    return [shake for shake in stretch.of(HandshakeSeen) if shake.outcome != "accepted"]

"""TC_088: WebSocket Subprotocol validation."""

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.quantifiers import scene_not_played
from chargeproof.acceptance.security.connections import newest
from chargeproof.acceptance.stage import Stage, scene
from chargeproof.acceptance.verdict import Verdict, failed, inconclusive, not_applicable, passed
from chargeproof.acceptance.windows import window_s
from chargeproof.trace import ConnectionClosed, ConnectionOpened, Frame, HandshakeSeen, Trace

case = Case(
    88,
    "WebSocket Subprotocol validation",
    criteria={
        "TC_088": "The station offers ocpp1.6, and speaks nothing in a sub-protocol that it did not offer"
    },
    group="security",
)

CHOOSE_ANOTHER = "choose a sub-protocol that was not offered"
WANTED = "ocpp1.6"
ANOTHER = "ocpp2.0.1"
THIRD = "ocpp2.1"
OCTT = ("TC_088_CS",)


@case.drive
async def drive(stage: Stage) -> None:
    """Its next handshake is answered with another sub-protocol; then everything is as before."""
    await choose_another(stage)


@scene(CHOOSE_ANOTHER)
async def choose_another(stage: Stage) -> None:
    offered = {name for shake in stage.station.record().of(HandshakeSeen) for name in shake.offered}
    stage.station.security.choose_subprotocol(THIRD if ANOTHER in offered else ANOTHER)
    stage.station.security.reconnect()
    await stage.station.silence(stage.windows["server_certificate"])
    shake = _answered_otherwise(stage.station.record())
    if shake is not None and _closed(stage.station.record(), shake) is None:
        stage.station.security.reconnect()
        await stage.settle()
    await stage.station.wait_until_ready(within_s=stage.windows["reconnect"])


@case.check(
    "TC_088a",
    "Every connection request offers the sub-protocol ocpp1.6",
    clause="J§3.2",
    octt=OCTT,
)
def ocpp16_is_offered(trace: Trace) -> Verdict:
    shakes = [shake for shake in trace.of(HandshakeSeen) if shake.charge_point_id]
    if not shakes:
        return inconclusive("the record shows no handshake")
    without = next((shake for shake in shakes if WANTED not in [o.lower() for o in shake.offered]), None)
    if without is not None:
        return failed(
            f"it did not offer {WANTED}",
            (without.n,),
            expected=f"Sec-WebSocket-Protocol: {WANTED}",
            seen=", ".join(without.offered) or "no sub-protocol",
        )
    return passed(f"it offers {WANTED}", [shake.n for shake in shakes])


@case.check(
    "TC_088b",
    "It fails a connection in a sub-protocol that it did not offer, and says nothing in it",
    clause="RFC 6455 section 4.1, J§3.2",
    octt=OCTT,
)
def another_subprotocol_is_not_spoken(trace: Trace) -> Verdict:
    span = newest(trace, CHOOSE_ANOTHER)
    if span is None or span.phase != "ended":
        return scene_not_played(trace, CHOOSE_ANOTHER, "no other sub-protocol was chosen")
    shake = _answered_otherwise(trace)
    if shake is None:
        return inconclusive("it made no connection request that could be answered so", (span.began.n,))
    if not shake.offered:
        return not_applicable("it offers no sub-protocol, so that none may be chosen", (shake.n,))
    opened = next(iter(trace.after(shake.n).of(ConnectionOpened)), None)
    if opened is None:
        return passed(f"it did not open a connection in {shake.chosen}", (shake.n,))
    closed = _closed(trace, shake)
    end = closed.n if closed is not None else trace.entries[-1].n
    spoken = [
        frame
        for frame in trace.between(shake.n, end).of(Frame)
        if frame.connection == opened.connection and frame.sender == "charge_point"
    ]
    if spoken:
        return failed(
            f"it speaks OCPP in a connection in {shake.chosen}",
            (shake.n, opened.n, spoken[0].n),
            expected="the connection is failed",
            seen="a message",
        )
    within_s = window_s(trace, "server_certificate")
    if closed is None or closed.by == "central_system" or closed.mono - opened.mono > within_s:
        return failed(
            f"it kept a connection in {shake.chosen}",
            (shake.n, opened.n, *((closed.n,) if closed is not None else ())),
            expected="the connection is failed",
            seen=f"it was open for {within_s:g} s",
        )
    return passed(f"it failed the connection in {shake.chosen}", (shake.n, opened.n, closed.n))


def _answered_otherwise(trace: Trace) -> HandshakeSeen | None:
    """The handshake that was answered with a sub-protocol of our own choice."""
    span = newest(trace, CHOOSE_ANOTHER)
    if span is None:
        return None
    shakes = trace.during(span).of(HandshakeSeen)
    return next((shake for shake in shakes if shake.chosen in (ANOTHER, THIRD)), None)


def _closed(trace: Trace, shake: HandshakeSeen) -> ConnectionClosed | None:
    opened = next(iter(trace.after(shake.n).of(ConnectionOpened)), None)
    if opened is None:
        return None
    closes = trace.after(opened.n).of(ConnectionClosed)
    return next((each for each in closes if each.connection == opened.connection), None)

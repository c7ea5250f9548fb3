"""TC_086: TLS - server-side certificate - Valid certificate."""

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.quantifiers import scene_not_played
from chargeproof.acceptance.security.connections import USES_TLS, first_accepted, line_at, newest
from chargeproof.acceptance.security.wrong_servers import (
    attempts,
    be_wrong_server,
    event_told,
    kept_away,
    told_of,
)
from chargeproof.acceptance.stage import Stage, scene
from chargeproof.acceptance.verdict import (
    Outcome,
    Verdict,
    failed,
    inconclusive,
    passed,
    passed_with_remark,
)
from chargeproof.ocpp.security_enums import SecurityEvent
from chargeproof.trace import HandshakeSeen, SecuritySeen, StepSpan, Trace

case = Case(
    86,
    "TLS - server-side certificate - Valid certificate",
    criteria={"TC_086": "The station speaks TLS 1.2 or newer only, with the cipher suites of the whitepaper"},
    group="security",
)

CONNECT_OVER_TLS = "connect over TLS"
MEET_OLD_SERVER = "speak TLS 1.1 only"
OLD_SERVER = "a server that speaks TLS 1.1 alone"
OLD_TLS_EVENT, OLD_CIPHERS_EVENT = SecurityEvent.INVALID_TLS_VERSION, SecurityEvent.INVALID_TLS_CIPHER_SUITE
NEWEST_OFFERED = "TLS 1.3 offered"
OLD = ("SSL 3", "TLS 1.0", "TLS 1.1")
NEWEST_ONLY = ("TLS 1.3",)
PAIRS = (
    ("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
    ("TLS_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_256_GCM_SHA384"),
)
OCTT = ("TC_086_CS",)


@case.drive
async def drive(stage: Stage) -> None:
    """A new connection, whose first message says what the station offers; then a server of old."""
    await connect_over_tls(stage)
    await meet_old_server(stage)


@scene(CONNECT_OVER_TLS)
async def connect_over_tls(stage: Stage) -> None:
    USES_TLS.require(stage)
    stage.station.security.reconnect()
    await stage.settle()
    await stage.station.wait_until_ready(within_s=stage.windows["reconnect"])


@scene(MEET_OLD_SERVER)
async def meet_old_server(stage: Stage) -> None:
    """TLS 1.1 is all that is spoken for a while."""
    USES_TLS.require(stage)
    await be_wrong_server(stage, stage.station.security.speak_old_tls, OLD_TLS_EVENT)


@case.check(
    "TC_086a",
    "It connects over TLS 1.2 or newer, and offers nothing older",
    clause="W§ A00.FR.312, A00.FR.416",
    octt=OCTT,
)
def nothing_older_is_offered(trace: Trace) -> Verdict:
    found = _offered(trace)
    if isinstance(found, Verdict):
        return found
    shake, offered = found
    old = [name for name in offered.versions_offered if name in OLD]
    if old:
        return failed(
            f"it offers {', '.join(old)} too",
            (shake.n,),
            expected="TLS 1.2 or newer only",
            seen=", ".join(offered.versions_offered),
        )
    return passed(f"it offers {', '.join(offered.versions_offered)}; used: {offered.protocol}", (shake.n,))


@case.check(
    "TC_086b",
    "It offers both cipher suites of one of the pairs that the whitepaper asks for",
    clause="W§ A00.FR.318, A00.FR.422",
    octt=OCTT,
)
def required_suites_are_offered(trace: Trace) -> Verdict:
    found = _offered(trace)
    if isinstance(found, Verdict):
        return found
    shake, offered = found
    if offered.versions_offered == NEWEST_ONLY:
        return passed_with_remark(
            "it speaks TLS 1.3 only, whose cipher suites are others",
            (shake.n,),
            remark="speaks TLS 1.3 only; a central system with TLS 1.2 only cannot be reached",
        )
    if any(set(pair) <= set(offered.suites_offered) for pair in PAIRS):
        return passed(f"it offers {', '.join(offered.suites_offered)}", (shake.n,))
    return failed(
        "it offers neither pair of cipher suites whole",
        (shake.n,),
        expected=" or ".join(" and ".join(pair) for pair in PAIRS),
        seen=", ".join(offered.suites_offered) or "none of them",
    )


@case.check(
    "TC_086c",
    "It opens no connection to a server that speaks TLS 1.1 and nothing newer",
    clause="W§ A00.FR.312 to 315, A00.FR.416 to 419",
    octt=OCTT,
)
def nothing_older_is_spoken(trace: Trace) -> Verdict:
    span = _with_old_server(trace)
    return span if isinstance(span, Verdict) else kept_away(trace, span, OLD_SERVER, OLD_TLS_EVENT)


@case.check("TC_086d", "Then it tells of InvalidTLSVersion", clause="W§ A00.FR.315, A00.FR.419", octt=OCTT)
def old_server_is_told(trace: Trace) -> Verdict:
    span = _with_old_server(trace)
    if isinstance(span, Verdict):
        return span
    verdict = event_told(trace, span, OLD_SERVER, OLD_TLS_EVENT)
    if verdict.outcome is not Outcome.FAIL:
        return verdict
    stretch = trace.during(span)
    other = told_of(stretch, OLD_CIPHERS_EVENT)
    if other:
        remark = (
            "our answer to a station that has no cipher suite of TLS 1.1 speaks of the cipher suites alone"
        )
        return passed_with_remark(
            f"{OLD_CIPHERS_EVENT} followed {OLD_SERVER}", other[0].evidence, remark=remark
        )
    if any(shake.tls == NEWEST_OFFERED for shake in attempts(stretch)):
        return verdict
    return inconclusive(f"{verdict.reason}; our answer may not have told it why", verdict.evidence)


def _with_old_server(trace: Trace) -> StepSpan | Verdict:
    span = newest(trace, MEET_OLD_SERVER)
    lacking = USES_TLS.lacking(trace, span)
    if lacking is not None:
        return lacking
    if span is None or span.phase == "cannot":
        return scene_not_played(trace, MEET_OLD_SERVER, "TLS 1.1 was not spoken with it")
    return span


def _offered(trace: Trace) -> tuple[HandshakeSeen, SecuritySeen] | Verdict:
    """The newest connection over TLS in which the station's offer could be read."""
    lacking = USES_TLS.lacking(trace, newest(trace, CONNECT_OVER_TLS))
    if lacking is not None:
        return lacking
    if not trace.steps(CONNECT_OVER_TLS):
        return scene_not_played(trace, CONNECT_OVER_TLS, "no connection was asked for")
    asked = trace.steps(CONNECT_OVER_TLS)[-1]
    shake = first_accepted(trace, asked.began.n) or line_at(trace)
    if shake is None or shake.security is None or not shake.security.versions_offered:
        known = (shake.n,) if shake is not None else ()
        return inconclusive("the record does not say what the station offered", known)
    return shake, shake.security

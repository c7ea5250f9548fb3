"""TC_086: TLS - server-side certificate - Valid certificate."""

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.quantifiers import scene_not_played
from chargeproof.acceptance.security.connections import USES_TLS, line_at, newest
from chargeproof.acceptance.stage import Stage, scene
from chargeproof.acceptance.verdict import Verdict, failed, inconclusive, passed, passed_with_remark
from chargeproof.trace import HandshakeSeen, SecuritySeen, Trace

case = Case(
    86,
    "TLS - server-side certificate - Valid certificate",
    criteria={"TC_086": "The station speaks TLS 1.2 or newer only, with the cipher suites of the whitepaper"},
    group="security",
)

CONNECT_OVER_TLS = "connect over TLS"
OLD = ("SSL 3", "TLS 1.0", "TLS 1.1")
NEWEST_ONLY = ("TLS 1.3",)
PAIRS = (
    ("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
    ("TLS_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_256_GCM_SHA384"),
)
OCTT = ("TC_086_CS",)


@case.drive
async def drive(stage: Stage) -> None:
    """A new connection: its first message says what the station offers."""
    await connect_over_tls(stage)


@scene(CONNECT_OVER_TLS)
async def connect_over_tls(stage: Stage) -> None:
    USES_TLS.require(stage)
    stage.station.security.reconnect()
    await stage.settle()
    await stage.station.wait_until_ready(within_s=stage.windows["reconnect"])


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


def _offered(trace: Trace) -> tuple[HandshakeSeen, SecuritySeen] | Verdict:
    """The newest connection over TLS in which the station's offer could be read."""
    lacking = USES_TLS.lacking(trace, newest(trace, CONNECT_OVER_TLS))
    if lacking is not None:
        return lacking
    if not trace.steps(CONNECT_OVER_TLS):
        return scene_not_played(trace, CONNECT_OVER_TLS, "no connection was asked for")
    shake = line_at(trace)
    if shake is None or shake.security is None or not shake.security.versions_offered:
        known = (shake.n,) if shake is not None else ()
        return inconclusive("the record does not say what the station offered", known)
    return shake, shake.security

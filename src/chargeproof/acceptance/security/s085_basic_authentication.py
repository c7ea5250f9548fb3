"""TC_085: Basic Authentication - Valid username/password combination."""

from itertools import pairwise

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.configuration_in_record import same_key
from chargeproof.acceptance.quantifiers import ours, scene_not_played
from chargeproof.acceptance.security.connections import (
    CERTIFICATE_PROFILE,
    USES_PASSWORD,
    first_accepted,
    newest,
)
from chargeproof.acceptance.security.profile_scenes import KEY
from chargeproof.acceptance.stage import Stage, scene
from chargeproof.acceptance.verdict import Verdict, failed, inconclusive, passed
from chargeproof.ocpp import ChangeConfiguration
from chargeproof.trace import HandshakeSeen, Trace

case = Case(
    85,
    "Basic Authentication - Valid username/password combination",
    criteria={"TC_085": "The station proves itself by its id and its password in every connection request"},
    group="security",
)

REFUSE_PASSWORD = "refuse the password twice"  # noqa: S105 - the name of a step
ATTEMPTS = 2
UNAUTHORIZED = 401
LEAST_PAUSE_S = 1.0
"""Between two attempts: a station that asks more often floods, whatever its reasons."""
OCTT = ("TC_085_CS",)


@case.drive
async def drive(stage: Stage) -> None:
    """Its next two handshakes are answered 401, the one after them as it deserves."""
    await refuse_password(stage)


@scene(REFUSE_PASSWORD)
async def refuse_password(stage: Stage) -> None:
    USES_PASSWORD.require(stage)
    stage.station.security.refuse_password(ATTEMPTS)
    stage.station.security.reconnect()
    await stage.settle()
    await stage.station.wait_until_ready(within_s=stage.windows["refusals"] + stage.windows["reconnect"])


@case.check(
    "TC_085a",
    "The user name is the id of the station",
    clause="W§ A00.FR.204, A00.FR.303",
    octt=OCTT,
)
def user_is_the_id(trace: Trace) -> Verdict:
    shakes = _with_password(trace)
    if isinstance(shakes, Verdict):
        return shakes
    wrong = next((each for each in shakes if "another user name" in each.authentication), None)
    if wrong is not None:
        return failed(
            "it came with another user name",
            (wrong.n,),
            expected=f"the user name {wrong.charge_point_id}",
            seen="another one",
        )
    return passed("the user name is its id", [each.n for each in shakes])


@case.check(
    "TC_085b",
    "Every connection request carries the password",
    clause="W§ A00.FR.203, A00.FR.302",
    octt=OCTT,
)
def every_request_has_the_password(trace: Trace) -> Verdict:
    shakes = _with_password(trace)
    if isinstance(shakes, Verdict):
        return shakes
    first = shakes[0]
    without = [
        each
        for each in trace.after(first.n).of(HandshakeSeen)
        if each.charge_point_id == first.charge_point_id
        and each.authentication.startswith("none")
        and not _tries_certificates(trace, each)
    ]
    if without:
        return failed(
            "it came without a password",
            (first.n, without[0].n),
            expected="HTTP Basic authentication",
            seen="no credentials",
        )
    wrong = next((each for each in shakes if "wrong password" in each.authentication), None)
    if wrong is not None:
        return failed(
            "it came with a wrong password", (wrong.n,), expected="its AuthorizationKey", seen="another one"
        )
    forms = ", ".join(dict.fromkeys(each.security.password_form for each in shakes if each.security))
    return passed(f"the password came each time, as {forms or 'text'}", [each.n for each in shakes])


@case.check(
    "TC_085c",
    "Refused with HTTP 401 it tries again, with pauses",
    clause="W§ A00.FR.203, J§5.3",
    octt=OCTT,
)
def it_tries_again_with_pauses(trace: Trace) -> Verdict:
    lacking = USES_PASSWORD.lacking(trace, newest(trace, REFUSE_PASSWORD))
    span = newest(trace, REFUSE_PASSWORD)
    if lacking is not None:
        return lacking
    if span is None or span.phase != "ended":
        return scene_not_played(trace, REFUSE_PASSWORD, "no password was refused")
    shakes = [each for each in trace.during(span).of(HandshakeSeen) if each.charge_point_id]
    refused = [each for each in shakes if each.http_status == UNAUTHORIZED]
    if not refused:
        return inconclusive("it made no connection request that could be refused", (span.began.n,))
    back = first_accepted(trace, refused[-1].n)
    if back is None:
        return failed(
            "it did not come again after it was refused",
            [each.n for each in refused],
            expected="another connection request",
            seen="none",
        )
    pauses = [(later.mono - each.mono, each, later) for each, later in pairwise(shakes)]
    pause, each, later = min(pauses, key=lambda one: one[0])
    if pause < LEAST_PAUSE_S:
        return failed(
            f"it asked again {pause:.2f} s after it was refused",
            (each.n, later.n),
            expected=f"a pause of {LEAST_PAUSE_S:g} s at least",
            seen=f"{pause:.2f} s",
        )
    return passed(
        f"it came again, after {pause:.1f} s at the earliest", (*(each.n for each in refused), back.n)
    )


def _tries_certificates(trace: Trace, shake: HandshakeSeen) -> bool:
    """Whether it took security profile 3, which has no passwords, and has not come back since."""
    before = trace.until(shake.n)
    taken = ours(before, ChangeConfiguration, lambda one: same_key(one.key, KEY))
    if not taken or taken[-1].status != "Accepted" or taken[-1].request.value != str(CERTIFICATE_PROFILE):
        return False
    return first_accepted(before, taken[-1].n) is None


def _with_password(trace: Trace) -> list[HandshakeSeen] | Verdict:
    """The handshakes that carry a password, right or wrong."""
    shakes = [each for each in trace.of(HandshakeSeen) if each.authentication.startswith("basic")]
    lacking = USES_PASSWORD.lacking(trace, newest(trace, REFUSE_PASSWORD))
    if lacking is not None:
        return lacking
    return shakes or inconclusive("the record shows no handshake with a password")

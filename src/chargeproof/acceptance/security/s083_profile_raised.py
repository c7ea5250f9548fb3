"""TC_083: Upgrade Charge Point Security Profile - Accepted."""

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.configuration_in_record import same_key
from chargeproof.acceptance.quantifiers import answer_to, ours, refusal, scene_not_played
from chargeproof.acceptance.security.connections import (
    ended_by_itself,
    first_accepted,
    newest,
    profile_of,
)
from chargeproof.acceptance.security.profile_scenes import KEY, RAISE_PROFILE, raise_profile
from chargeproof.acceptance.security.profiles_in_record import key_lacking, value_read
from chargeproof.acceptance.stage import Stage
from chargeproof.acceptance.verdict import Verdict, failed, inconclusive, not_run, passed
from chargeproof.acceptance.windows import window_s
from chargeproof.ocpp import ChangeConfiguration, GetConfiguration
from chargeproof.trace import Exchange, HandshakeSeen, Trace

case = Case(
    83,
    "Upgrade Charge Point Security Profile - Accepted",
    criteria={
        "TC_083": "A higher SecurityProfile is taken, the station comes back with it, and stays with it"
    },
    group="security",
)
OCTT = ("TC_083_CS",)


@case.drive
async def drive(stage: Stage) -> None:
    """One step up; last of all, since nothing lowers it again."""
    await raise_profile(stage)


@case.check(
    "TC_083a",
    "A higher SecurityProfile is accepted when everything that it needs is there",
    clause="W§ A05.FR.05",
    octt=OCTT,
)
def higher_profile_is_accepted(trace: Trace) -> Verdict:
    change = _change(trace)
    if isinstance(change, Verdict):
        return change
    asked = f"SecurityProfile {change.request.value}"
    return refusal(trace, change, "Accepted", asked=asked) or passed(f"{asked} was accepted", change.evidence)


@case.check(
    "TC_083b",
    "The station then ends the connection by itself",
    clause="W§ A05.FR.06",
    octt=OCTT,
)
def station_disconnects(trace: Trace) -> Verdict:
    change = _accepted(trace)
    if isinstance(change, Verdict):
        return change
    return ended_by_itself(trace, change, "the station went on with the connection of the former profile")


@case.check(
    "TC_083c",
    "It comes back with the higher profile",
    clause="W§ A05.FR.07",
    octt=OCTT,
)
def station_comes_with_higher_profile(trace: Trace) -> Verdict:
    change = _accepted(trace)
    if isinstance(change, Verdict):
        return change
    wanted = int(change.request.value)
    back = first_accepted(trace, change.n)
    if back is None and trace.end_mono < change.mono + window_s(trace, "reconnect"):
        return inconclusive("it did not come back before the record ends", change.evidence)
    if back is None:
        return failed(
            "it did not come back",
            change.evidence,
            expected=f"security profile {wanted}",
            seen="no connection",
        )
    if profile_of(back) < wanted:
        return failed(
            f"it came back with security profile {profile_of(back)}",
            (*change.evidence, back.n),
            expected=f"security profile {wanted}",
            seen=f"security profile {profile_of(back)}",
        )
    return passed(f"it came back with security profile {wanted}", (change.n, back.n))


@case.check(
    "TC_083d",
    "It stays with the higher profile: no later connection is tried with a lower one, and the key reads so",
    clause="W§ A05, A00.FR.005",
    octt=OCTT,
)
def station_stays_with_it(trace: Trace) -> Verdict:
    change = _accepted(trace)
    if isinstance(change, Verdict):
        return change
    wanted = int(change.request.value)
    back = first_accepted(trace, change.n, lambda shake: profile_of(shake) >= wanted)
    if back is None:
        return not_run(f"it never came with security profile {wanted}", change.evidence)
    later = trace.after(back.n).of(HandshakeSeen)
    lower = next((shake for shake in later if profile_of(shake) < wanted), None)
    if lower is not None:
        return failed(
            f"it tried to connect with security profile {profile_of(lower)} again",
            (back.n, lower.n),
            expected=f"security profile {wanted}",
            seen=f"security profile {profile_of(lower)}",
        )
    read = [each for each in ours(trace.after(back.n), GetConfiguration) if value_read(each) is not None]
    if not read:
        return inconclusive("SecurityProfile was not read afterwards", (back.n,))
    if value_read(read[-1]) != str(wanted):
        return failed(
            f"SecurityProfile reads “{value_read(read[-1])}”",
            read[-1].evidence,
            expected=str(wanted),
            seen=str(value_read(read[-1])),
        )
    return passed(f"SecurityProfile reads {wanted}", (back.n, *(s.n for s in later), *read[-1].evidence))


def _change(trace: Trace) -> Exchange[ChangeConfiguration] | Verdict:
    span = newest(trace, RAISE_PROFILE)
    if span is None:
        return key_lacking(trace) or scene_not_played(trace, RAISE_PROFILE, "no higher profile was asked for")
    changes = ours(trace.during(span), ChangeConfiguration, lambda one: same_key(one.key, KEY))
    if changes:
        return changes[-1]
    return key_lacking(trace) or scene_not_played(trace, RAISE_PROFILE, "no higher profile was asked for")


def _accepted(trace: Trace) -> Exchange[ChangeConfiguration] | Verdict:
    change = _change(trace)
    if isinstance(change, Verdict) or change.status == "Accepted":
        return change
    return not_run(f"the higher profile was answered {answer_to(change)}", change.evidence)

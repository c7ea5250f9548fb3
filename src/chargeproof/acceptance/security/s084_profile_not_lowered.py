"""TC_084: Downgrade security profile - Rejected."""

from collections.abc import Callable
from contextlib import suppress

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.configuration_in_record import same_key
from chargeproof.acceptance.quantifiers import ours, refusal, scene_not_played, together
from chargeproof.acceptance.security.connections import (
    CERTIFICATE_PROFILE,
    first_accepted,
    line_at,
    newest,
    profile_of,
)
from chargeproof.acceptance.security.extension import extension_lacking
from chargeproof.acceptance.security.prerequisite_scenes import (
    BELOW_CERTIFICATES,
    LACK_CERTIFICATE,
    LACK_ROOT,
    RESTS_ON_NO_ROOT,
    WITHOUT_CERTIFICATE,
    WITHOUT_ROOT,
    ask_without_certificate,
    ask_without_root,
)
from chargeproof.acceptance.security.profile_scenes import (
    KEY,
    LOWER_PROFILE,
    REFUSED_PROFILES,
    SAME_PROFILE,
    ask_for_refused_profiles,
)
from chargeproof.acceptance.security.profiles_in_record import key_lacking, value_read
from chargeproof.acceptance.stage import CannotError, Stage
from chargeproof.acceptance.verdict import (
    Outcome,
    Verdict,
    failed,
    inconclusive,
    not_applicable,
    not_run,
    passed,
)
from chargeproof.ocpp import ChangeConfiguration, GetConfiguration
from chargeproof.trace import ConnectionClosed, Exchange, StepSpan, Trace

case = Case(
    84,
    "Downgrade security profile - Rejected",
    criteria={
        "TC_084": "A SecurityProfile that is not higher, or that something is missing for, is rejected and "
        "changes nothing"
    },
    group="security",
)
OCTT = ("TC_084_CS",)
SCENES = {WITHOUT_ROOT: LACK_ROOT, WITHOUT_CERTIFICATE: LACK_CERTIFICATE}
STEPS = (SAME_PROFILE, LOWER_PROFILE, *SCENES)
JudgeOne = Callable[[Trace, StepSpan, Exchange[ChangeConfiguration]], Verdict]


@case.drive
async def drive(stage: Stage) -> None:
    """The same value, a lower one, and higher ones that the station lacks something for."""
    for ask in (ask_without_root, ask_without_certificate):
        with suppress(CannotError):  # the record has the reason
            await ask(stage)
    await ask_for_refused_profiles(stage)


@case.check("TC_084a", "A lower SecurityProfile is rejected", clause="W§ A05.FR.01, A00.FR.005", octt=OCTT)
def lower_profile_is_rejected(trace: Trace) -> Verdict:
    return _rejected(trace, LOWER_PROFILE)


@case.check("TC_084b", "The present SecurityProfile is rejected too", clause="W§ A05.FR.01", octt=OCTT)
def same_profile_is_rejected(trace: Trace) -> Verdict:
    return _rejected(trace, SAME_PROFILE)


@case.check("TC_084c", "What is rejected leaves the key as it was", clause="W§ A05.FR.01", octt=OCTT)
def value_is_unchanged(trace: Trace) -> Verdict:
    return _of_rejected(trace, _unchanged)


@case.check("TC_084d", "What is rejected makes the station not reconnect", clause="W§ A05.FR.01", octt=OCTT)
def station_stays_connected(trace: Trace) -> Verdict:
    return _of_rejected(trace, _stayed)


@case.check(
    "TC_084e",
    "A SecurityProfile that needs a root certificate is rejected where none is installed",
    clause="W§ A05.FR.03",
    octt=OCTT,
)
def profile_without_root_is_rejected(trace: Trace) -> Verdict:
    lacking = extension_lacking(trace) or RESTS_ON_NO_ROOT.lacking(trace, newest(trace, LACK_ROOT))
    return lacking or _rejected(trace, WITHOUT_ROOT)


@case.check(
    "TC_084f",
    "SecurityProfile 3 is rejected where the station has no certificate of its own",
    clause="W§ A05.FR.04",
    octt=OCTT,
)
def profile_without_certificate_is_rejected(trace: Trace) -> Verdict:
    lacking = BELOW_CERTIFICATES.lacking(trace, newest(trace, LACK_CERTIFICATE))
    if lacking is not None:
        return lacking
    verdict = _rejected(trace, WITHOUT_CERTIFICATE)
    span = newest(trace, WITHOUT_CERTIFICATE)
    if verdict.outcome is not Outcome.FAIL or span is None:
        return verdict
    shown = first_accepted(
        trace.during(span), span.began.n, lambda shake: profile_of(shake) == CERTIFICATE_PROFILE
    )
    if shown is None:
        return verdict
    why = "it came with a certificate of its own, against what the profile of the model states"
    return inconclusive(why, (*verdict.evidence, shown.n))


def _rejected(trace: Trace, step: str) -> Verdict:
    asked = _asked(trace, step)
    if isinstance(asked, Verdict):
        return asked
    what = f"SecurityProfile {asked.request.value}"
    return refusal(trace, asked, "Rejected", asked=what) or passed(f"{what} was rejected", asked.evidence)


def _asked(trace: Trace, step: str) -> Exchange[ChangeConfiguration] | Verdict:
    span = newest(trace, step)
    if span is None and step in SCENES:
        return key_lacking(trace) or scene_not_played(trace, SCENES[step], "no such profile was asked for")
    if span is None:
        shake = line_at(trace)
        if newest(trace, SAME_PROFILE) is not None and shake is not None:
            return not_applicable("security profile 0 is in use: there is none below it", (shake.n,))
        return key_lacking(trace) or scene_not_played(trace, REFUSED_PROFILES, "no profile was asked for")
    asked = ours(trace.during(span), ChangeConfiguration, lambda one: same_key(one.key, KEY))
    return asked[0] if asked else not_run("no profile was asked for")


def _of_rejected(trace: Trace, judge: JudgeOne) -> Verdict:
    """Every request that was rejected; a station that takes one fails the checks before."""
    asked = [_asked(trace, step) for step in STEPS]
    verdicts = []
    for step, each in zip(STEPS, asked, strict=True):
        span = newest(trace, step)
        if span is not None and not isinstance(each, Verdict) and each.status == "Rejected":
            verdicts.append(judge(trace, span, each))
    if verdicts:
        return together(verdicts)
    open_question = next((each for each in asked if isinstance(each, Verdict)), None)
    return open_question or not_run("nothing was rejected")


def _unchanged(trace: Trace, span: StepSpan, asked: Exchange[ChangeConfiguration]) -> Verdict:
    present = str(profile_of(line_at(trace, span.began.n)))
    read = [each for each in ours(trace.during(span), GetConfiguration) if value_read(each) is not None]
    if not read:
        return inconclusive("SecurityProfile was not read afterwards", asked.evidence)
    value = value_read(read[-1])
    if value != present:
        return failed(
            f"SecurityProfile reads “{value}” after {asked.request.value} was rejected",
            (*asked.evidence, *read[-1].evidence),
            expected=present,
            seen=str(value),
        )
    return passed(f"SecurityProfile still reads {present}", (*asked.evidence, *read[-1].evidence))


def _stayed(trace: Trace, span: StepSpan, asked: Exchange[ChangeConfiguration]) -> Verdict:
    closed = next(iter(trace.during(span).of(ConnectionClosed)), None)
    if closed is not None and closed.by == "charge_point":
        return failed(
            "it ended the connection though it rejected the value",
            (*asked.evidence, closed.n),
            expected="the connection stays open",
            seen="the station closed it",
        )
    if closed is not None:
        return inconclusive("the connection broke, and nobody says why", (*asked.evidence, closed.n))
    return passed("the connection stayed open", asked.evidence)

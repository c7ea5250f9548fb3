"""Function 10: Any hardware related notifications or error conditions."""

from typing import Any

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.faults_in_record import (
    Provoked,
    ends_error,
    error_code_of,
    has_error,
    provoked_errors,
)
from chargeproof.acceptance.preparation import set_keys_for_visit
from chargeproof.acceptance.quantifiers import absence, every, scene_not_played, theirs
from chargeproof.acceptance.stage import Stage
from chargeproof.acceptance.statuses_in_record import meant
from chargeproof.acceptance.verdict import (
    Verdict,
    failed,
    inconclusive,
    passed,
    passed_with_remark,
)
from chargeproof.acceptance.visit import FAULT, fault
from chargeproof.acceptance.windows import window_s
from chargeproof.ocpp import STATION_STATUSES, ChargePointErrorCode, ChargePointStatus, StatusNotification
from chargeproof.trace import Exchange, Trace

case = Case(
    10,
    "Any hardware related notifications or error conditions",
    criteria={
        "10.1": (
            "Create an error (e.g. disconnecting communication pin or power pin connection or create 3 phase "
            "imbalance supply), notifications to be represented in the StatusNotification messages."
        ),
        "10.2": "Error messages on connector 0 are from the Charging Station itself.",
    },
)


@case.drive
async def drive(stage: Stage) -> None:
    """Act 9."""
    await set_keys_for_visit(stage)
    await fault(stage)


Status = Exchange[StatusNotification]

# S§7.6: what only a connector, its cable or its vehicle can have.
_OF_A_CONNECTOR = frozenset(
    {ChargePointErrorCode.CONNECTOR_LOCK_FAILURE, ChargePointErrorCode.EV_COMMUNICATION_ERROR}
)
# An unbalanced supply is provoked at a connector and is yet the whole station's.
_OF_THE_SUPPLY = frozenset({ChargePointErrorCode.UNDER_VOLTAGE, ChargePointErrorCode.OVER_VOLTAGE})


@case.check(
    "10.1a",
    "A provoked error is shown by a StatusNotification, and so is its end",
    clause="S§4.9, S§7.6",
    octt=("TC_041_CS",),
    hands=True,
)
def provoked_error_is_shown(trace: Trace) -> Verdict:
    if not trace.acts():
        return _errors_seen(trace)
    return every(
        provoked_errors(trace),
        lambda provoked: _shown(trace, provoked),
        nothing=scene_not_played(trace, FAULT, "no error was provoked"),
    )


def _errors_seen(trace: Trace) -> Verdict:
    """Without acts, an error that came and went shows as much."""
    errors = [status for status in theirs(trace, StatusNotification) if has_error(status)]
    if not errors:
        return scene_not_played(trace, FAULT, "no error was provoked, and none was reported")
    for error in errors:
        end = ends_error(trace, error, after=error.n, until_mono=trace.end_mono)
        if end is not None:
            known = (*error.evidence, *end.evidence)
            remark = "nobody wrote down that it was provoked"
            return passed_with_remark(
                f"an error was reported ({_words(error)}) and ended", known, remark=remark
            )
    return inconclusive("an error was reported, and its end was not", errors[0].evidence)


def _shown(trace: Trace, provoked: Provoked) -> Verdict:
    error = provoked.shown_by(trace)
    seconds = window_s(trace, "fault")
    expected = f"StatusNotification with an errorCode within {seconds:g} s"
    if error is None:
        reason = "the provoked error shows in no StatusNotification"
        if provoked.cut_short(seconds):
            return inconclusive(
                f"{reason}, but it was repaired before {seconds:g} s were over", provoked.evidence
            )
        gone = absence(trace, provoked.mono, seconds)
        known = (*provoked.evidence, *gone.evidence)
        if not gone.proved:
            return inconclusive(f"{reason}, but {gone.why}", known, expected=expected)
        return failed(reason, known, expected=expected, seen=provoked.seen(trace))
    verdict = _ended(trace, provoked, error)
    remark = _remark_on(error)
    return verdict.with_remark(remark) if remark else verdict


def _words(status: Status) -> str:
    request = status.request
    return f"{request.status} with {request.error_code} on connector {request.connector_id}"


def _remark_on(error: Status) -> str:
    code: Any = error.request.error_code
    if error_code_of(error) is None:
        return f"Faulted with errorCode {code}: the code is missing (3.4b)"
    if not isinstance(code, ChargePointErrorCode):
        return f"“{code}” is no errorCode of OCPP 1.6"
    if meant(error.request.status) is not ChargePointStatus.FAULTED:
        return f"reported as a warning: the status is {error.request.status} (S§4.9)"
    return ""


def _ended(trace: Trace, provoked: Provoked, error: Status) -> Verdict:
    """The second half: NoError after the repair."""
    repair = provoked.repair
    known = (*provoked.evidence, *error.evidence)
    if repair is None or not repair.was_done or repair.ended is None:
        return inconclusive(f"the error is shown ({_words(error)}), but it was not repaired", known)
    seconds = window_s(trace, "fault")
    known = (*known, *repair.evidence)
    end = ends_error(trace, error, after=error.n, until_mono=repair.ended.mono + seconds)
    if end is not None:
        return passed(f"the error is shown ({_words(error)}), and its end", (*known, *end.evidence))
    gone = absence(trace, repair.ended.mono, seconds)
    reason = "no StatusNotification shows the end of the error after the repair"
    if not gone.proved:
        return inconclusive(f"{reason}, but {gone.why}", (*known, *gone.evidence))
    expected = f"StatusNotification with NoError within {seconds:g} s after the repair"
    return failed(reason, (*known, *gone.evidence), expected=expected, seen=f"still {_words(error)}")


# ── 10.2: connector 0 ────────────────────────────────────────────────────────────────────────────────


@case.check(
    "10.2a",
    "Errors on connector 0 are the station's own, and a connector's error is not there",
    clause="S§4.9, S§7.6",
    octt=("TC_041_CS",),
    hands=True,
)
def errors_on_connector_0_are_its_own(trace: Trace) -> Verdict:
    errors = [status for status in theirs(trace, StatusNotification) if has_error(status)]
    if not errors:
        if provoked_errors(trace):
            known = [n for each in provoked_errors(trace) for n in each.evidence]
            return inconclusive("no error was reported on any connector (10.1a)", known)
        return scene_not_played(trace, FAULT, "no error was provoked, and none was reported")
    on_station = [error for error in errors if error.request.connector_id == 0]
    if not on_station:
        where = sorted({str(error.request.connector_id) for error in errors})
        return passed(
            f"errors were reported on connector {', '.join(where)} and none on connector 0",
            [error.n for error in errors],
        )
    verdict = every(
        on_station, lambda error: _stations_own(trace, error, errors), nothing="no error on connector 0"
    )
    if trace.acts():
        return verdict
    return verdict.with_remark("nobody wrote down which connector it was provoked on")


def _stations_own(trace: Trace, error: Status, errors: list[Status]) -> Verdict:
    code, status = error_code_of(error), meant(error.request.status)
    seen = _words(error)
    if status not in STATION_STATUSES:
        reason = "an error on connector 0 comes with a status that only connectors have"
        expected = "Available, Unavailable or Faulted on connector 0"
        return failed(reason, error.evidence, expected=expected, seen=seen)
    expected = "an errorCode of the station itself on connector 0"
    if code is None:
        return failed(
            "Faulted on connector 0 without an errorCode", error.evidence, expected=expected, seen=seen
        )
    if code in _OF_A_CONNECTOR:
        return failed("a connector's error is on connector 0", error.evidence, expected=expected, seen=seen)
    for provoked in provoked_errors(trace):
        if not provoked.connector_id or not provoked.covers(error, window_s(trace, "fault")):
            continue
        same = [e for e in errors if e.request.connector_id == provoked.connector_id and provoked.covers(e)]
        mirrored = not same or any(error_code_of(each) == code for each in same)
        if mirrored and code not in _OF_THE_SUPPLY:
            return failed(
                f"the error of connector {provoked.connector_id} is on connector 0",
                (*provoked.evidence, *error.evidence),
                expected=f"it on connector {provoked.connector_id} alone",
                seen=seen,
            )
    return passed(f"connector 0 reports an error of the station itself ({code})", error.evidence)

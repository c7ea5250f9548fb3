"""Function 11: Charging cable connection status."""

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.connection_time_out import after_plugging, identified_without_cable
from chargeproof.acceptance.plugs_in_record import Plugged, plugged
from chargeproof.acceptance.preparation import set_keys_for_visit
from chargeproof.acceptance.quantifiers import absence, every, scene_not_played, together
from chargeproof.acceptance.stage import Stage
from chargeproof.acceptance.statuses_in_record import CHARGES, is_occupied, meant, misspelling
from chargeproof.acceptance.stimuli_in_record import next_disturbance
from chargeproof.acceptance.transactions_in_record import transactions_in
from chargeproof.acceptance.verdict import Outcome, Verdict, failed, inconclusive, passed
from chargeproof.acceptance.visit import (
    PLUG_IN,
    START_WITHOUT_CABLE,
    WAIT_FOR_TIME_OUT,
    plug_in,
    start_without_cable,
    wait_for_time_out,
)
from chargeproof.acceptance.windows import window_s
from chargeproof.ocpp import ChargePointStatus, StatusNotification
from chargeproof.trace import Exchange, Trace

case = Case(
    11,
    "Charging cable connection status",
    criteria={
        "11.1": "Status to be represented in the StatusNotification messages.",
        "11.2": (
            "When car is connected, the charging station changes from Available to Occupied and to Error "
            "(connection is timed out)."
        ),
    },
)


@case.drive
async def drive(stage: Stage) -> None:
    """Identified without a cable, then acts 1 and 2."""
    await set_keys_for_visit(stage)
    await stage.play_each(start_without_cable, plug_in, wait_for_time_out)


@case.check(
    "11.1a",
    "A cable that is plugged in shows in a StatusNotification of its connector",
    clause="S§4.9 A2",
    octt=("TC_003_CS",),
    hands=True,
)
def plugged_cable_is_shown(trace: Trace) -> Verdict:
    return every(
        plugged(trace),
        _shown,
        nothing=scene_not_played(trace, PLUG_IN, "no cable was plugged into an available connector"),
    )


def _shown(plug: Plugged) -> Verdict:
    status = plug.shown_by
    known = (*plug.evidence, *plug.stretch.evidence)
    if status is not None:
        verdict = passed(f"StatusNotification {status.request.status} came after plugging in", known)
        remark = misspelling([status])
        return verdict.with_remark(remark) if remark else verdict
    expected = f"a StatusNotification of connector {plug.connector_id} within {plug.stretch.seconds:g} s"
    reason = "the plugged cable shows in no StatusNotification of its connector"
    if not plug.stretch.absence.proved:
        return inconclusive(f"{reason}, but {plug.stretch.absence.why}", known, expected=expected)
    known = (*known, *plug.stretch.absence.evidence)
    return failed(reason, known, expected=expected, seen=plug.seen)


@case.check(
    "11.2a",
    "A plugged cable without a card makes the connector Preparing",
    clause="S§4.9 A2",
    octt=("TC_003_CS",),
    hands=True,
)
def plugged_cable_is_preparing(trace: Trace) -> Verdict:
    plugs = plugged(trace)
    shown = [plug for plug in plugs if plug.shown_by is not None]
    if plugs and not shown:
        known = [n for plug in plugs for n in plug.evidence]
        return inconclusive("no StatusNotification shows the plugged cable (11.1a)", known)
    return every(
        shown,
        lambda plug: _is_preparing(trace, plug),
        nothing=scene_not_played(trace, PLUG_IN, "no cable was plugged into an available connector"),
    )


def _at_once_again(
    trace: Trace, plug: Plugged, shown: Exchange[StatusNotification]
) -> Exchange[StatusNotification] | None:
    """Available again in the moment after, with the cable still in: too soon for any time-out."""
    for status in plug.stretch.statuses:
        soon = shown.n < status.n and status.mono - shown.mono < window_s(trace, "settle")
        if soon and meant(status.request.status) is ChargePointStatus.AVAILABLE:
            return status
    return None


def _is_preparing(trace: Trace, plug: Plugged) -> Verdict:
    status = plug.shown_by
    if status is None:
        return inconclusive("no StatusNotification shows the plugged cable (11.1a)", plug.evidence)
    known = (*plug.evidence, *status.evidence)
    word = status.request.status
    if meant(word) is ChargePointStatus.PREPARING:
        gone = _at_once_again(trace, plug, status)
        if gone is not None:
            return failed(
                "the connector did not stay Preparing",
                (*known, gone.n),
                expected="Preparing until the connection times out, or a card is shown",
                seen=f"Preparing, then {gone.request.status} {gone.mono - status.mono:.0f} s later",
            )
        verdict = passed("the connector became Preparing", known)
        remark = misspelling([status])
        return verdict.with_remark(remark) if remark else verdict
    if meant(word) in CHARGES and _nothing_began(trace, plug, status):
        return failed(
            f"the connector became {word}, and no transaction began",
            known,
            expected="Preparing, or a transaction",
            seen=f"StatusNotification {word}",
        )
    if meant(word) in CHARGES:
        return passed("the connector went on", known).with_remark(
            f"it became {word} at once, without Preparing and without a card (S§4.9 A3 to A5)"
        )
    remark = ""
    if is_occupied(word):
        remark = "“Occupied” is the document's word, from OCPP 1.5; OCPP 1.6 says Preparing"
    return failed(
        "the status of the plugged connector is not Preparing",
        known,
        expected="StatusNotification Preparing",
        seen=f"StatusNotification {word}",
        remark=remark,
    )


def _nothing_began(trace: Trace, plug: Plugged, shown: Exchange[StatusNotification]) -> bool:
    """Whether it is proved that no transaction belongs to a status of charging, until the next thing was done."""
    until = next_disturbance(trace, shown.n, plug.connector_id) or trace.entries[-1].n
    for each in transactions_in(trace):
        here = each.connector_id == plug.connector_id
        if here and (each.runs_at(shown.n) or shown.n < each.start.n <= until):
            return False
    left_s = trace.until(until).entries[-1].mono - shown.mono
    return left_s >= window_s(trace, "status") and absence(trace, shown.mono, left_s).proved


@case.check(
    "11.2b",
    "When the connection times out, the connector leaves Preparing: Available, or Finishing with the cable in",
    clause="S§9.1.6, E3.76, S§4.9 B1, B6",
    octt=("TC_004_2_CS",),
    hands=True,
)
def connection_times_out(trace: Trace) -> Verdict:
    without_cable = identified_without_cable(trace)
    with_cable = after_plugging(trace)
    if without_cable:
        return together([*without_cable, *with_cable])
    for scene in (WAIT_FOR_TIME_OUT, START_WITHOUT_CABLE):
        if not with_cable:
            return scene_not_played(trace, scene, "no connection was left to time out")
    verdict = together(with_cable)
    untried = "identified without a cable was not tried, where S§9.1.6 binds"
    if verdict.outcome is Outcome.PASS_WITH_REMARK:
        return inconclusive(f"{verdict.reason}; {untried}", verdict.evidence)
    return verdict.with_remark(untried)

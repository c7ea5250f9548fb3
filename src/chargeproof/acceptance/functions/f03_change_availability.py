"""Function 3: Change availability."""

from dataclasses import replace
from typing import Any

from chargeproof.acceptance.availability_in_record import Command, availability_commands, change_of, too_many
from chargeproof.acceptance.case import Case
from chargeproof.acceptance.configuration_in_record import MOST_CONNECTORS, connector_count, connector_ids
from chargeproof.acceptance.in_session import AVAILABILITY_IN_SESSION, availability_in_session
from chargeproof.acceptance.quantifiers import (
    absence,
    answer_to,
    every,
    refusal,
    scene_not_played,
    theirs,
    together,
)
from chargeproof.acceptance.stage import Stage
from chargeproof.acceptance.stimuli_in_record import in_scene
from chargeproof.acceptance.stops_in_record import ends_are_hidden
from chargeproof.acceptance.unattended import CHANGE_AVAILABILITY, change_availability
from chargeproof.acceptance.verdict import (
    Outcome,
    Verdict,
    failed,
    inconclusive,
    not_applicable,
    not_run,
    passed,
    passed_with_remark,
)
from chargeproof.acceptance.what_logs_show import each_decided
from chargeproof.acceptance.windows import window_s
from chargeproof.ocpp import (
    STATION_STATUSES,
    AvailabilityType,
    BootNotification,
    ChargePointErrorCode,
    ChargePointStatus,
    StatusNotification,
)
from chargeproof.trace import Exchange, Trace

case = Case(
    3,
    "Change availability",
    criteria={
        "3.1": "After sending ChangeAvailability with type Operative, the status must change to Available.",
        "3.2": "After sending ChangeAvailability with type Inoperative, the status must change to Unavailable.",
        "3.3": "This availability must be reflected by receiving a StatusNotification message (per socket)",
        "3.4": (
            "Receive a (not empty) StatusNotification message per connector (including connector 0), containing:"
            " i. If not in error: status with Available, Preparing, Charging, SuspendedEV, SuspendedEVSE, "
            "Finishing, Reserved, Unavailable or Faulted; ii. If in error: error details (errorCode)"
        ),
    },
)


@case.drive
async def drive(stage: Stage) -> None:
    """Inoperative first, then Operative: per connector, and for the station as a whole."""
    await change_availability(stage)


@case.drive_in_session
async def drive_in_session(stage: Stage) -> None:
    """Inoperative while a session runs."""
    await availability_in_session(stage)


# ── 3.1 to 3.3 ───────────────────────────────────────────────────────────────────────────────────────

_TAKEN = ("Accepted", "Scheduled")


@case.check(
    "3.1a", "Operative makes an unavailable connector Available", clause="S§5.2, 4.9 H1", octt=("TC_019_CS",)
)
def operative_becomes_available(trace: Trace) -> Verdict:
    commands = _without_session(trace, availability_commands(trace, AvailabilityType.OPERATIVE))
    owing = [command for command in commands if command.concerned]
    if not owing and commands:
        return inconclusive(
            "no connector was Unavailable when Operative was sent, so nothing had to change",
            [n for command in commands for n in command.exchange.evidence],
        )
    return each_decided(
        trace,
        _without_refused_station(owing),
        lambda command: _changes(trace, command),
        nothing=scene_not_played(trace, CHANGE_AVAILABILITY, "no ChangeAvailability Operative was sent"),
    )


@case.check("3.2a", "Inoperative makes a connector Unavailable", clause="S§5.2", octt=("TC_019_CS",))
def inoperative_becomes_unavailable(trace: Trace) -> Verdict:
    commands = availability_commands(trace, AvailabilityType.INOPERATIVE)
    owing = [command for command in commands if command.concerned]
    if not owing and commands:
        return inconclusive(
            "every connector was Unavailable already when Inoperative was sent",
            [n for command in commands for n in command.exchange.evidence],
        )
    return each_decided(
        trace,
        _without_refused_station(owing),
        lambda command: _changes(trace, command),
        nothing=scene_not_played(trace, CHANGE_AVAILABILITY, "no ChangeAvailability Inoperative was sent"),
    )


def _without_session(trace: Trace, commands: list[Command]) -> list[Command]:
    """Operative after a session shows what the cable makes of it (11.2a); others tell more, if there are any."""
    others = [c for c in commands if not in_scene(trace, c.exchange.n, AVAILABILITY_IN_SESSION)]
    return others or commands


def _without_refused_station(commands: list[Command]) -> list[Command]:
    """A refusal for connector 0 is left to 3.3a where the connectors can be commanded one by one."""
    single = any(command.status in _TAKEN and command.connector_id != 0 for command in commands)
    return [c for c in commands if not (single and c.connector_id == 0 and c.status not in _TAKEN)]


def _changes(trace: Trace, command: Command) -> Verdict:
    """One connector that changes is enough where connector 0 was meant; 3.3a asks for all of them."""
    refused = refusal(trace, command.exchange, *_TAKEN, asked=command.name)
    if refused is not None:
        return refused
    if command.status == "Scheduled" and ends_are_hidden(trace):
        reason = f"{command.name} was scheduled, and no end of a session is shown by any status (7.1b)"
        return inconclusive(reason, command.exchange.evidence)
    changes = [change_of(trace, command, connector_id) for connector_id in command.concerned]
    good = [change for change in changes if change.outcome in (Outcome.PASS, Outcome.PASS_WITH_REMARK)]
    broken = [change for change in changes if "did not stay" in change.reason]
    return too_many(trace, command) or together(broken or good or changes[:1])


@case.check(
    "3.3a",
    "A StatusNotification shows the new availability of the station and of every connector",
    clause="S§5.2",
    octt=("TC_019_CS",),
)
def every_connector_shows_its_availability(trace: Trace) -> Verdict:
    every_kind = availability_commands(trace)
    operative = [command for command in every_kind if not command.takes_out]
    inoperative = [command for command in every_kind if command.takes_out]
    commands = [c for c in (*_without_session(trace, operative), *inoperative) if c.concerned]
    if not commands:
        return scene_not_played(
            trace, CHANGE_AVAILABILITY, "no ChangeAvailability that changes anything was sent"
        )
    for_all = [c for c in commands if c.connector_id == 0]
    single = [_shown(trace, c) for c in commands if c.connector_id != 0 and c.status in _TAKEN]
    judged = [_shown(trace, c) for c in for_all if c.status == "Accepted"]
    verdict = every([*judged, *single], lambda shown: shown, nothing="no ChangeAvailability was accepted")
    refused = [c for c in for_all if c.status not in _TAKEN]
    if not refused:
        return verdict
    said = answer_to(refused[0].exchange)
    remark = f"ChangeAvailability of connector 0: {said}; judged connector by connector"
    return replace(verdict.with_remark(remark), evidence=(*verdict.evidence, *refused[0].exchange.evidence))


def _shown(trace: Trace, command: Command) -> Verdict:
    """Every connector that the command concerns has shown its change; whether any did is for 3.1a and 3.2a."""
    changes = [change_of(trace, command, connector_id) for connector_id in command.concerned]
    silent = [change for change in changes if change.outcome is Outcome.FAIL]
    if len(silent) == len(changes):
        return inconclusive(f"{command.name} changed nothing that could be shown", command.exchange.evidence)
    return together(changes)


# ── 3.4 ──────────────────────────────────────────────────────────────────────────────────────────────


@case.check(
    "3.4a",
    "Connector 0 and every connector report one of the nine statuses",
    clause="S§4.9, 3.8, E3.22",
    octt=("TC_001_CS",),
)
def every_connector_reports_a_status(trace: Trace) -> Verdict:
    seen = [status for status in trace.sent_by("charge_point") if status.action == "StatusNotification"]
    count = connector_count(trace)
    wrong = [(status, what) for status in seen if (what := _what_is_wrong(status, count))]
    if wrong:
        return failed(
            f"a StatusNotification is not as it has to be: {wrong[0][1]}",
            [status.n for status, _ in wrong],
            expected="connector 0 to NumberOfConnectors, each with one of the nine statuses (0: one of three)",
            seen="; ".join(dict.fromkeys(what for _, what in wrong)),
        )
    ids = {status.request.connector_id: status.n for status in seen}
    everything = range(min(count, MOST_CONNECTORS) + 1) if count is not None else connector_ids(trace)
    missing = [each for each in everything if each not in ids]
    if missing or not ids:
        return _not_reported(trace, missing, [status.n for status in seen])
    figures = {"connectors_reported": sorted(ids)}
    if count is None:
        return passed_with_remark(
            f"connectors {sorted(ids)} reported a status",
            ids.values(),
            remark="NumberOfConnectors could not be read",
            figures=figures,
        )
    return passed(f"connector 0 and {count} connectors reported a status", ids.values(), figures=figures)


def _what_is_wrong(status: Exchange[Any], count: int | None) -> str:
    """In words, what is wrong with a StatusNotification; empty if nothing is."""
    if not status.reading.payload or not isinstance(status.request, StatusNotification):
        return "an empty StatusNotification"
    connector_id: Any = status.request.connector_id
    said: Any = status.request.status
    if not isinstance(connector_id, int) or connector_id < 0:
        return "no connectorId"
    if count is not None and connector_id > count:
        return f"connector {connector_id} at a station with {count}"
    if not isinstance(said, ChargePointStatus):
        return "no status" if said is None else f"connector {connector_id} is “{said}”"
    if connector_id == 0 and said not in STATION_STATUSES:
        return f"connector 0 is {said}"
    return ""


def _not_reported(trace: Trace, missing: list[int], evidence: list[int]) -> Verdict:
    window = window_s(trace, "after_boot")
    reason = f"no StatusNotification for connector {', '.join(map(str, missing))}" if missing else "no status"
    expected = "a StatusNotification for connector 0 and each connector after the boot"
    why = "no boot was recorded after which they are due"
    for boot in theirs(trace, BootNotification):
        if boot.answer is None or boot.status != "Accepted":
            continue
        nothing = absence(trace, boot.answer.mono, window)
        if nothing.proved:
            known = (*boot.evidence, *evidence[:20], *nothing.evidence)
            return failed(
                reason, known, expected=expected, seen=f"nothing within {window:g} s after the boot"
            )
        why = nothing.why
    return inconclusive(f"{reason}, but {why}", evidence[:20], expected=expected)


@case.check("3.4b", "An error comes with its errorCode", clause="S§6.47, 7.6", octt=("TC_070_CS",))
def errors_have_a_code(trace: Trace) -> Verdict:
    seen = [status for status in theirs(trace, StatusNotification) if status.reading.payload]
    if not seen:
        return not_run("no StatusNotification was seen")
    judged = [verdict for status in seen if (verdict := _error_code(status)) is not None]
    if not judged:
        return not_applicable(
            "no connector reported an error", (seen[0].n, seen[-1].n), seen=f"{len(seen)} times NoError"
        )
    return together(judged)


def _error_code(status: Exchange[StatusNotification]) -> Verdict | None:
    """None for an ordinary status with NoError."""
    code: Any = status.request.error_code
    where = f"connector {status.request.connector_id} {status.request.status}"
    is_faulted = status.request.status == ChargePointStatus.FAULTED
    if not isinstance(code, ChargePointErrorCode) or (is_faulted and code == ChargePointErrorCode.NO_ERROR):
        said = "no errorCode" if code is None else f"errorCode {code}"
        expected = (
            "an errorCode that names the error" if is_faulted else "errorCode NoError, or a code of S§7.6"
        )
        return failed(f"{where} comes with {said}", (status.n,), expected=expected, seen=said)
    if code == ChargePointErrorCode.NO_ERROR:
        return None
    kind = "error" if is_faulted else "warning"
    return passed(f"{where} names its {kind}: {code}", (status.n,))

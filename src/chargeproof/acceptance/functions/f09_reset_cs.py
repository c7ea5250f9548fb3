"""Function 9: Reset CS (both hard and soft reset)."""

from chargeproof.acceptance.availability_in_record import availability_commands
from chargeproof.acceptance.case import Case
from chargeproof.acceptance.configuration_in_record import connector_ids
from chargeproof.acceptance.in_session import hard_reset_in_session, soft_reset_in_session
from chargeproof.acceptance.quantifiers import (
    absence,
    ours,
    refusal,
    scene_not_played,
    shows_answers,
    together,
)
from chargeproof.acceptance.restarts_in_record import (
    Restart,
    boot_absence,
    boots,
    restarts,
    until_next_reset,
)
from chargeproof.acceptance.sessions_in_record import stopped_by_reset
from chargeproof.acceptance.stage import Stage
from chargeproof.acceptance.unattended import HARD_RESET, SOFT_RESET, hard_reset, soft_reset
from chargeproof.acceptance.verdict import Outcome, Verdict, failed, inconclusive, passed, passed_with_remark
from chargeproof.acceptance.what_logs_show import each_decided
from chargeproof.acceptance.windows import window_s
from chargeproof.ocpp import BootNotification, Reset, ResetType
from chargeproof.trace import ConnectionOpened, Exchange, Frame, Trace

case = Case(
    9,
    "Reset CS (both hard and soft reset)",
    criteria={
        "9.1": (
            "Hard reset (ResetType 0): Charging Station comes online after reset (BootNotification message, "
            "StatusNotification message, etc.)"
        ),
        "9.2": (
            "Soft reset (ResetType 1): Charging Station comes online after reset (BootNotification message, "
            "StatusNotification message, etc.)"
        ),
    },
)


@case.drive
async def drive(stage: Stage) -> None:
    """Soft, then Hard."""
    await stage.play_each(soft_reset, hard_reset)


@case.drive_in_session
async def drive_in_session(stage: Stage) -> None:
    """Both again while a session runs."""
    await stage.play_each(soft_reset_in_session, hard_reset_in_session)


@case.check(
    "9.1a",
    "A hard reset brings the station back with a BootNotification",
    clause="S§5.14, E3.36",
    octt=("TC_013_CS",),
)
def hard_reset_boots(trace: Trace) -> Verdict:
    return _every_reset(trace, ResetType.HARD, HARD_RESET)


@case.check(
    "9.2a",
    "A soft reset brings the station back with a BootNotification",
    clause="S§5.14, E3.36",
    octt=("TC_014_CS",),
)
def soft_reset_boots(trace: Trace) -> Verdict:
    return _every_reset(trace, ResetType.SOFT, SOFT_RESET)


def _every_reset(trace: Trace, kind: ResetType, scene: str) -> Verdict:
    return each_decided(
        trace,
        ours(trace, Reset, lambda reset: reset.type == kind),
        lambda reset: _came_back(trace, reset),
        nothing=scene_not_played(trace, scene, f"no Reset {kind} was sent"),
    )


def _came_back(trace: Trace, reset: Exchange[Reset]) -> Verdict:
    """Accepted, the socket closes, a BootNotification comes: all three, in this order."""
    command = f"Reset {reset.request.type}"
    expected = "Reset.conf Accepted, the connection closes, a BootNotification"
    refused = refusal(trace, reset, "Accepted", asked=command)
    if refused is not None:
        boot = boots(until_next_reset(trace, reset).within(reset.mono, window_s(trace, "reset")))
        if reset.answer is None and boot and shows_answers(trace):
            known = (reset.n, *boot[0].evidence)
            reason = f"{command} was not answered, though a boot followed"
            return failed(reason, known, expected=expected, seen="a BootNotification, but no Reset.conf")
        return refused
    restart = next(restart for restart in restarts(trace) if restart.reset is reset)
    if restart.boot is None:
        return _stayed_away(trace, restart, command, expected)
    came = _boot_came(trace, restart, restart.boot, expected)
    sessions = stopped_by_reset(trace, restart)
    return came if sessions is None or came.outcome is Outcome.FAIL else together([came, sessions])


def _boot_came(trace: Trace, restart: Restart, boot: Exchange[BootNotification], expected: str) -> Verdict:
    kind = restart.reset.request.type
    seconds = round(boot.mono - restart.answer.mono, 1)
    figures = {f"{str(kind).lower()}_reset_to_boot_s": seconds}
    reason = f"{seconds} s after Reset {kind} the station was back with a BootNotification"
    if not trace.shows_connections:
        remark = "the log does not show whether the connection closed"
        return passed_with_remark(reason, restart.evidence, remark=remark, figures=figures)
    if boot.call.connection != restart.answer.connection:
        return passed(reason, restart.evidence, figures=figures)
    if kind == ResetType.SOFT:
        remark = "the connection stayed open over the soft reset"
        return passed_with_remark(reason, restart.evidence, remark=remark, figures=figures)
    return failed(
        f"Reset {kind} was followed by a BootNotification over the same connection: nothing restarted",
        restart.evidence,
        expected=expected,
        seen="the connection stayed open",
    )


def _stayed_away(trace: Trace, restart: Restart, command: str, expected: str) -> Verdict:
    nothing = boot_absence(trace, restart)
    known = (*restart.evidence, *nothing.evidence)
    closed = "the connection stayed open" if restart.closed is None else "the connection closed"
    seen = f"Accepted, {closed}, no BootNotification"
    reason = f"no BootNotification after the restart by {command}"
    if restart.closed is None:
        reason = f"{command} was accepted, but nothing restarted"
    if _never_came_back(trace, restart):
        away_s = window_s(trace, "reconnect")
        return failed(
            f"the station did not come back after {command}",
            known,
            expected=expected,
            seen=f"no connection in the {away_s:g} s after it",
        )
    if not nothing.proved:
        return inconclusive(f"{reason}, but {nothing.why}", known, expected=expected, seen=seen)
    if restart.reset.request.type == ResetType.SOFT:
        remark = "the document requires a boot; OCTT TC_014_CS calls it optional after a soft reset"
        return failed(reason, known, expected=expected, seen=seen, remark=remark)
    return failed(reason, known, expected=expected, seen=seen)


def _never_came_back(trace: Trace, restart: Restart) -> bool:
    """Whether it took the command over a line that was good, went, and was waited for in vain.

    To be back is what the document asks for here, so that this absence needs no sign of life.
    """
    if restart.closed is None or not trace.steps():
        return False
    away_s = window_s(trace, "reconnect")
    is_over = trace.end_mono >= restart.answer.mono + away_s
    came = trace.after(restart.closed.n).within(restart.answer.mono, away_s).of(ConnectionOpened)
    return is_over and not came


@case.check(
    "9.1b",
    "After a hard reset connector 0 and every connector report their status, Unavailable persists",
    clause="E3.22, S§5.2",
    octt=("TC_013_CS",),
)
def hard_reset_reports_every_status(trace: Trace) -> Verdict:
    return _statuses_after(trace, ResetType.HARD, HARD_RESET)


@case.check(
    "9.2b",
    "After a soft reset connector 0 and every connector report their status, Unavailable persists",
    clause="E3.22, S§5.2",
    octt=("TC_014_CS",),
)
def soft_reset_reports_every_status(trace: Trace) -> Verdict:
    return _statuses_after(trace, ResetType.SOFT, SOFT_RESET)


def _statuses_after(trace: Trace, kind: ResetType, scene: str) -> Verdict:
    sent = ours(trace, Reset, lambda reset: reset.type == kind)
    if not sent:
        return scene_not_played(trace, scene, f"no Reset {kind} was sent")
    back = [r for r in restarts(trace) if r.reset.request.type == kind and r.boot is not None]
    return each_decided(
        trace,
        back,
        lambda restart: _all_reported(trace, restart),
        nothing=inconclusive(f"no boot followed the Reset {kind}", [reset.n for reset in sent]),
    )


def _all_reported(trace: Trace, restart: Restart) -> Verdict:
    boot = restart.boot
    if boot is None or boot.answer is None or boot.status != "Accepted":
        return inconclusive("the boot after the reset was not accepted", restart.evidence)
    window = window_s(trace, "after_boot")
    cut = next(
        (c for c in trace.after(boot.answer.n).sent_by("central_system") if c.action in _MAKE_STATUSES), None
    )
    stretch = trace.after(boot.answer.n) if cut is None else trace.between(boot.answer.n, cut.n)
    newest = {s.request.connector_id: s for s in stretch.within(boot.answer.mono, window).statuses()}
    everything = connector_ids(trace)
    missing = [connector_id for connector_id in everything if connector_id not in newest]
    known = (*restart.evidence, *(newest[c].n for c in everything if c in newest))
    if missing:
        cut_short = cut is not None and cut.mono < boot.answer.mono + window
        return _unreported(trace, missing, boot.answer, cut_short=cut_short, known=known)
    for connector_id in _out_of_service(trace, restart.reset.n):
        said = newest[connector_id].request.status if connector_id in newest else "Unavailable"
        if said not in ("Unavailable", "Faulted"):
            return failed(
                f"connector {connector_id} was Inoperative before the reset and is {said} after it",
                known,
                expected="Unavailable, as before the reset",
                seen=str(said),
            )
    return passed(f"connector 0 and {len(everything) - 1} connectors reported a status after the boot", known)


# Commands of ours that make a station report statuses: what comes after them says nothing about the boot.
_MAKE_STATUSES = (
    "ChangeAvailability",
    "TriggerMessage",
    "Reset",
    "RemoteStartTransaction",
    "UnlockConnector",
)


def _unreported(
    trace: Trace, missing: list[int], accepted: Frame, *, cut_short: bool, known: tuple[int, ...]
) -> Verdict:
    window = window_s(trace, "after_boot")
    names = ", ".join(map(str, missing))
    reason = f"no StatusNotification for connector {names} after the reset"
    expected = "a StatusNotification for connector 0 and each connector after the accepted boot"
    nothing = absence(trace, accepted.mono, window)
    why = "our next command came before the window was over" if cut_short else nothing.why
    if cut_short or not nothing.proved:
        return inconclusive(f"{reason}, but {why}", known, expected=expected)
    seen = f"nothing for connector {names} within {window:g} s"
    return failed(reason, (*known, *nothing.evidence), expected=expected, seen=seen)


def _out_of_service(trace: Trace, before_n: int) -> list[int]:
    """The connectors that were made Inoperative, showed it, and were not made Operative again."""
    out: dict[int, bool] = {}
    earlier = trace.until(before_n)
    for command in availability_commands(earlier):
        if command.status == "Accepted":
            out.update(dict.fromkeys(command.before, command.takes_out))
    shown = {status.request.connector_id: status.request.status for status in earlier.statuses()}
    return [
        connector_id
        for connector_id, is_out in out.items()
        if is_out and shown.get(connector_id) == "Unavailable"
    ]

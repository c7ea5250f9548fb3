"""Sessions that ran when something else was asked of the station: a reset, a firmware update."""

from collections.abc import Iterable

from chargeproof.acceptance.quantifiers import absence, ours, together
from chargeproof.acceptance.restarts_in_record import Restart, boots
from chargeproof.acceptance.statuses_in_record import CHARGES, meant, status_before
from chargeproof.acceptance.transactions_in_record import (
    Transaction,
    is_forgotten,
    running_at,
    transactions_in,
)
from chargeproof.acceptance.verdict import Verdict, failed, inconclusive, passed
from chargeproof.acceptance.windows import window_s
from chargeproof.ocpp import Reason, Reset, ResetType, UpdateFirmware
from chargeproof.trace import Exchange, Trace

_REASONS = {ResetType.HARD: Reason.HARD_RESET, ResetType.SOFT: Reason.SOFT_RESET}
_ENDS_SESSIONS = ("RemoteStopTransaction", "Reset", "UnlockConnector")
_BY_SOMEBODY = (
    Reason.DE_AUTHORIZED,
    Reason.EMERGENCY_STOP,
    Reason.EV_DISCONNECTED,
    Reason.UNLOCK_COMMAND,
)
_BY_A_RESTART = (Reason.REBOOT, Reason.HARD_RESET, Reason.SOFT_RESET)


def running_sessions(trace: Trace, n: int) -> list[Transaction]:
    """The transactions that ran at that entry: of each connector the newest, as an earlier one's stop is lost."""
    newest = {each.connector_id: each for each in transactions_in(trace) if each.start.n < n}
    return [each for each in newest.values() if each.runs_at(n) and not is_forgotten(trace, each, n)]


def charging_at(trace: Trace, n: int, connector_id: int | None) -> tuple[int, ...]:
    """What shows that a session was going on at the connector at that entry; empty where nothing does."""
    running = running_at(trace, n, connector_id)
    if running is not None and not is_forgotten(trace, running, n):
        return running.start.evidence
    said = status_before(trace, connector_id, n)
    if said is None or meant(said.request.status) not in CHARGES:
        return ()
    stops = [stop.n for each in transactions_in(trace) for stop in each.stops]
    return () if any(said.n < stop < n for stop in stops) else (said.n,)


def has_a_cause(trace: Trace, after: int, until: int) -> bool:
    """Whether something between two entries ends a session on purpose: an act, or a command of ours."""
    stretch = trace.between(after, until)
    return bool(stretch.acts()) or any(
        call.action in _ENDS_SESSIONS for call in stretch.sent_by("central_system")
    )


# ── at a reset (E3.36) ───────────────────────────────────────────────────────────────────────────────


def stopped_by_reset(trace: Trace, restart: Restart) -> Verdict | None:
    """What became of the sessions that ran at a reset; None where none did, or where nobody can tell.

    A soft reset must stop them first; after a hard one the stop may be lost. A record of others does not tell
    whether a transaction without an end really ran.
    """
    if not trace.steps():
        return None
    found = [_stopped(trace, restart, each) for each in running_sessions(trace, restart.reset.n)]
    return together(found) if found else None


def _stopped(trace: Trace, restart: Restart, session: Transaction) -> Verdict:
    kind = restart.reset.request.type
    stop = session.stop
    known = (*restart.evidence, *session.start.evidence, *(stop.evidence if stop is not None else ()))
    if stop is None or has_a_cause(trace, restart.reset.n, stop.n):
        return _not_stopped(trace, restart, session, known)
    wanted = _REASONS[kind]
    verdict = passed(f"the session that ran at Reset {kind} was stopped", known)
    named = stop.request.transaction_id
    if named not in (session.transaction_id, session.own_id):
        verdict = verdict.with_remark(f"its StopTransaction names transactionId {named}")
    if stop.request.reason != wanted:
        said = f"reason {stop.request.reason}" if stop.request.reason is not None else "no reason (= Local)"
        return verdict.with_remark(f"its StopTransaction gives {said} where {wanted} belongs (S§7.36)")
    return verdict


def _not_stopped(trace: Trace, restart: Restart, session: Transaction, known: tuple[int, ...]) -> Verdict:
    kind = restart.reset.request.type
    reason = f"the session that ran at Reset {kind} was not stopped by it"
    if kind == ResetType.HARD:
        verdict = passed("the station came back", known)
        return verdict.with_remark(f"{reason}; after a hard reset its stop may be lost (E3.36)")
    expected = "StopTransaction, reason SoftReset, before the restart"
    boot = restart.boot
    if boot is None:
        return inconclusive(reason, known, expected=expected)
    drain_s = window_s(trace, "drain")
    nothing = absence(trace, boot.mono, drain_s, across_reconnects=True)
    if not nothing.proved:
        return inconclusive(f"{reason}, but {nothing.why}", known, expected=expected)
    went_on = any(values.n > boot.n for values in session.meter_values)
    seen = "its meter values go on" if went_on else f"no StopTransaction within {drain_s:g} s after the boot"
    return failed(reason, (*known, *nothing.evidence), expected=expected, seen=seen)


# ── at a firmware update (S§5.19) ────────────────────────────────────────────────────────────────────


def cut_by_update(
    trace: Trace, update: Exchange[UpdateFirmware], until: int, fetched: Iterable[int]
) -> Verdict | None:
    """A fail where a session that ran when the update was asked for did not live through it.

    ``until``: the last entry that belongs to the update. ``fetched``: entries that show that the file was there.
    A remark where the record shows that none was cut, None where none ran.
    """
    sessions = running_sessions(trace, update.n)
    for session in sessions:
        cut = _cut(trace, update, session, until)
        if cut is not None:
            return cut
    if not trace.steps():
        return None
    return _outlived(trace, update, sessions, list(fetched))


def _cut(trace: Trace, update: Exchange[UpdateFirmware], session: Transaction, until: int) -> Verdict | None:
    stop = session.stop
    known = (*update.evidence, *session.start.evidence)
    reason = f"the session at connector {session.connector_id} was cut by the update"
    expected = "the reboot waits until the connectors are free"
    boot = next(
        (b for b in boots(trace.between(update.n, until)) if not _was_asked(trace, update.n, b.n)), None
    )
    if stop is not None and update.n < stop.n <= until and not has_a_cause(trace, update.n, stop.n):
        known = (*known, *stop.evidence)
        if not trace.steps() and stop.request.reason not in _BY_A_RESTART:
            return None
        if stop.request.reason in _BY_SOMEBODY:
            said = f"the session that ran during the update ended with reason {stop.request.reason}"
            return inconclusive(said, known, expected=expected)
        seen = f"StopTransaction with reason {stop.request.reason or 'Local'}"
        return failed(reason, known, expected=expected, seen=seen)
    if boot is None or not trace.steps() or (stop is not None and stop.n < boot.n):
        return None
    if has_a_cause(trace, update.n, boot.n) or any(values.n > boot.n for values in session.meter_values):
        return None
    return failed(
        reason, (*known, *boot.evidence), expected=expected, seen="a reboot while the transaction ran"
    )


def _was_asked(trace: Trace, after: int, until: int) -> bool:
    return bool(ours(trace.between(after, until), Reset))


def _outlived(
    trace: Trace, update: Exchange[UpdateFirmware], sessions: list[Transaction], fetched: list[int]
) -> Verdict:
    """Nothing was cut: a remark where no session ran that could have been."""
    if not sessions:
        verdict = passed("no session was cut", update.evidence)
        return verdict.with_remark("no session ran while the update was asked for, so that none could be cut")
    session = sessions[-1]
    stop = session.stop
    known = (*update.evidence, *session.start.evidence, *(stop.evidence if stop is not None else ()))
    verdict = passed("the session that ran was not cut", known)
    if not fetched or (stop is not None and stop.n < fetched[0]):
        return verdict.with_remark(
            "the file was fetched when the session had ended, which so could not be cut"
        )
    return verdict

"""Function 2: Heartbeat (automatic)."""

from collections.abc import Iterable
from itertools import pairwise

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.configuration_in_record import KeyReading, feature_profiles, key_readings
from chargeproof.acceptance.heartbeats_in_record import KEY, Regime, Silence, interval_of, regimes
from chargeproof.acceptance.quantifiers import ours, refusal, scene_not_played, seek, theirs, together
from chargeproof.acceptance.stage import Stage
from chargeproof.acceptance.unattended import (
    CHANGE_HEARTBEAT_INTERVAL,
    SILENT_HEARTBEATS,
    TRIGGER_HEARTBEAT,
    change_heartbeat_interval,
    silent_heartbeats,
    trigger_heartbeat,
)
from chargeproof.acceptance.verdict import (
    Outcome,
    Verdict,
    failed,
    inconclusive,
    not_applicable,
    passed,
    passed_with_remark,
)
from chargeproof.acceptance.what_logs_show import each_decided
from chargeproof.acceptance.windows import TIMES, window_s
from chargeproof.ocpp import BootNotification, ChangeConfiguration, Heartbeat, MessageTrigger, TriggerMessage
from chargeproof.trace import Exchange, Trace

case = Case(
    2,
    "Heartbeat (automatic)",
    criteria={
        "2.1": "Receive OCPP command from CS i.e. heartbeat registered",
        "2.2": "When CS is not providing heartbeat, send OCPP command to see heartbeat",
        "2.3": (
            "Provide TCPIP default heartbeat at least every 1 hour from CS (configurable under Set "
            "Configuration)."
        ),
    },
)


@case.drive
async def drive(stage: Stage) -> None:
    """Be silent after a boot that asked for a short interval; trigger one; then change the interval."""
    await stage.play_each(silent_heartbeats, trigger_heartbeat, change_heartbeat_interval)


# ── 2.1 ──────────────────────────────────────────────────────────────────────────────────────────────


@case.check(
    "2.1a",
    "Heartbeats come by themselves, each within the interval of the BootNotification.conf",
    clause="S§4.2, 4.6",
    octt=("TC_001_CS",),
)
def heartbeats_come_by_themselves(trace: Trace) -> Verdict:
    after_boots = [regime for regime in regimes(trace) if regime.source == "boot"]
    if not after_boots:
        return scene_not_played(trace, SILENT_HEARTBEATS, "no BootNotification was accepted with an interval")
    late: set[int] = set()
    for regime in after_boots:
        limit_s = regime.interval_s + _tolerance(trace)
        overdue = _overdue(regime.silences(), limit_s)
        if overdue is not None and trace.shows_connections:
            return _too_silent(regime, overdue)
        late |= {silence.ended.n for silence in regime.silences() if silence.seconds > limit_s}
    heartbeats = [h for regime in after_boots for h in regime.heartbeats if h.n not in late]
    if len(heartbeats) < TIMES["heartbeats"] or len(late) > len(heartbeats):
        return _too_few(trace, after_boots, heartbeats, late)
    verdict = passed(
        f"{len(heartbeats)} heartbeats came by themselves, each in time",
        [n for heartbeat in heartbeats[-TIMES["heartbeats"] :] for n in heartbeat.evidence],
        figures=_figures(max(after_boots, key=lambda regime: len(regime.spacings()))),
    )
    return verdict.with_remark(f"{len(late)} longer silences, {_UNSEEN}") if late else verdict


_UNSEEN = "in which the log does not show whether the connection was open"


def _too_silent(regime: Regime, overdue: Silence) -> Verdict:
    return failed(
        f"no Heartbeat came in {overdue.seconds:.1f} s of silence, though one was due",
        (*regime.setting.evidence, overdue.begun.n, overdue.ended.n),
        expected=f"a Heartbeat {regime.interval_s:g} s after the last message at the latest",
        seen=f"nothing for {overdue.seconds:.1f} s",
        figures=_figures(regime),
    )


def _too_few(
    trace: Trace, after_boots: list[Regime], heartbeats: list[Exchange[Heartbeat]], late: set[int]
) -> Verdict:
    if late:
        reason = f"{len(heartbeats)} heartbeats came in time, and {len(late)} times nothing came, {_UNSEEN}"
        return inconclusive(reason, (*(heartbeat.n for heartbeat in heartbeats), *sorted(late)))
    for regime in after_boots:
        busy = _other_messages(trace, regime)
        if busy:
            return passed_with_remark(
                "no heartbeat was due, as the station sent other messages all the time",
                busy,
                remark="no heartbeats seen: other messages came more often than the interval (S§4.6)",
            )
    return inconclusive(
        f"{len(heartbeats)} heartbeats came by themselves, and the station was never silent long enough to "
        f"owe the {TIMES['heartbeats']} that are wanted",
        [n for heartbeat in heartbeats for n in heartbeat.evidence] or after_boots[-1].setting.evidence,
    )


def _other_messages(trace: Trace, regime: Regime) -> tuple[int, ...]:
    """Evidence that the station's own messages made every heartbeat of three intervals needless; else nothing."""
    calls = {call.n for call in trace.sent_by("charge_point")}
    own = [frame for frame in regime.frames if frame.n in calls]
    gaps = [later.mono - earlier.mono for earlier, later in pairwise(own)]
    watched_s = TIMES["heartbeats"] * regime.interval_s
    if sum(gaps) >= watched_s and max(gaps) <= regime.interval_s + _tolerance(trace):
        return own[0].n, own[-1].n
    return ()


def _overdue(silences: list[Silence], limit_s: float) -> Silence | None:
    return next((silence for silence in silences if silence.seconds > limit_s), None)


def _tolerance(trace: Trace) -> float:
    return window_s(trace, "heartbeat_tolerance")


def _figures(regime: Regime) -> dict[str, object]:
    spacings = [round(seconds, 1) for seconds in regime.spacings()]
    return {f"heartbeat_spacing_at_{regime.interval_s:g}_s": spacings} if spacings else {}


# ── 2.2 ──────────────────────────────────────────────────────────────────────────────────────────────


@case.check(
    "2.2a", "A TriggerMessage makes a heartbeat visible", clause="S§5.17", octt=("TC_054_CS", "TC_055_CS")
)
def trigger_shows_a_heartbeat(trace: Trace) -> Verdict:
    triggers = ours(trace, TriggerMessage, lambda t: t.requested_message == MessageTrigger.HEARTBEAT)
    if not triggers:
        by_itself = heartbeats_come_by_themselves(trace)
        if _is_pass(by_itself):
            return not_applicable("heartbeats come by themselves", by_itself.evidence)
        return scene_not_played(trace, TRIGGER_HEARTBEAT, "no TriggerMessage asked for a heartbeat")
    return each_decided(
        trace, triggers, lambda trigger: _triggered(trace, trigger), nothing="no heartbeat was asked for"
    )


def _triggered(trace: Trace, trigger: Exchange[TriggerMessage]) -> Verdict:
    refused = refusal(trace, trigger, "Accepted", asked="TriggerMessage Heartbeat")
    if refused is not None:
        return _without_trigger(trace, trigger, refused)
    confirmed = trigger.answer or trigger.call
    window = window_s(trace, "triggered_heartbeat")
    sought = seek(trace, Heartbeat, after=confirmed, within_s=window)
    if sought.found is None:
        early = theirs(trace.between(trigger.n, confirmed.n), Heartbeat)
        return sought.missing(
            "the TriggerMessage was accepted, and no Heartbeat followed",
            trigger.evidence,
            expected="the confirmation, then a Heartbeat",
            seen="a Heartbeat before the confirmation, none after it" if early else "",
        )
    if _may_be_automatic(trace, sought.found, confirmed.mono):
        return inconclusive(
            "a Heartbeat followed, but it was due by itself at that time",
            (*trigger.evidence, *sought.found.evidence),
        )
    delay_s = round(sought.found.mono - confirmed.mono, 1)
    return passed(
        f"a Heartbeat followed {delay_s} s after the accepted TriggerMessage",
        (*trigger.evidence, *sought.found.evidence),
        figures={"triggered_heartbeat_after_s": delay_s},
    )


def _may_be_automatic(trace: Trace, heartbeat: Exchange[Heartbeat], confirmed_mono: float) -> bool:
    """Whether the interval in force would have brought this heartbeat too."""
    in_force = [regime for regime in regimes(trace.until(heartbeat.n)) if regime.frames]
    if not in_force or heartbeat.mono - confirmed_mono <= _tolerance(trace):
        return False
    regime = in_force[-1]
    since = next((h.mono for h in reversed(regime.heartbeats) if h.n < heartbeat.n), regime.frames[0].mono)
    return heartbeat.mono - since >= regime.interval_s - _tolerance(trace)


def _without_trigger(trace: Trace, trigger: Exchange[TriggerMessage], refused: Verdict) -> Verdict:
    profiles = feature_profiles(trace)
    if profiles is not None and "RemoteTrigger" not in profiles:
        evidence = [r.n for r in key_readings(trace, "SupportedFeatureProfiles")[:1]]
        return not_applicable(
            "the station does not support RemoteTrigger", (*trigger.evidence, *evidence), seen=refused.seen
        )
    by_itself = heartbeats_come_by_themselves(trace)
    if _is_pass(by_itself) and refused.outcome is Outcome.FAIL:
        return not_applicable(
            f"heartbeats come by themselves ({refused.reason})", (*by_itself.evidence, *trigger.evidence)
        )
    return refused


def _is_pass(verdict: Verdict) -> bool:
    return verdict.outcome in (Outcome.PASS, Outcome.PASS_WITH_REMARK)


# ── 2.3 ──────────────────────────────────────────────────────────────────────────────────────────────

_HOUR_S = 3600


@case.check(
    "2.3a",
    "The heartbeat is set to an hour at most, and can be changed",
    clause="S§9.1.10",
    octt=("TC_021_CS",),
)
def heartbeat_interval_is_hourly_and_configurable(trace: Trace) -> Verdict:
    readings = key_readings(trace, KEY)
    changes = _changes(trace)
    if not readings and not changes:
        return scene_not_played(trace, CHANGE_HEARTBEAT_INTERVAL, "HeartbeatInterval was not read or changed")
    verdict = together([_default(trace, readings), _change(trace, changes, readings)])
    if verdict.outcome is Outcome.PASS:
        return passed(
            "HeartbeatInterval is an hour at most, can be changed, and the spacing follows",
            verdict.evidence,
            remark=verdict.remark,
            figures=verdict.figures,
        )
    return verdict


def _default(trace: Trace, readings: list[KeyReading]) -> Verdict:
    changed = [c.n for c in ours(trace, ChangeConfiguration) if interval_of(c) and c.status == "Accepted"]
    early = [reading for reading in readings if not changed or reading.n < changed[0]]
    if not early:
        return inconclusive("HeartbeatInterval was not read before it was changed")
    first = early[0]
    evidence = (first.exchange.n, first.n)
    expected = "1 to 3600 s, not read-only"
    if first.item is None:
        return failed("HeartbeatInterval is not known", evidence, expected=expected, seen="an unknown key")
    if first.item.readonly:
        return failed("HeartbeatInterval is read-only", evidence, expected=expected, seen="readonly true")
    value = (first.value or "").strip()
    if not value.isdecimal() or not 0 < int(value) <= _HOUR_S:
        return failed(
            f"HeartbeatInterval is “{value}”, which is not a heartbeat an hour",
            evidence,
            expected=expected,
            seen=f"“{value}”",
        )
    remark = f"the hour was not waited for but inferred from HeartbeatInterval ({value} s)"
    asked = [b for b in theirs(trace.until(first.n), BootNotification) if b.status == "Accepted"]
    if asked and str(asked[-1].confirmation.interval) == value:
        remark += ", which the BootNotification.conf had asked for"
    return passed(
        f"HeartbeatInterval is {value} s",
        evidence,
        remark=remark,
        figures={"heartbeat_default_s": int(value)},
    )


def _changes(trace: Trace) -> list[Exchange[ChangeConfiguration]]:
    """The changes of the scene; in a record without it, all."""
    spans = trace.steps(CHANGE_HEARTBEAT_INTERVAL)
    stretches = [trace.during(span) for span in spans] or [trace]
    return [c for s in stretches for c in ours(s, ChangeConfiguration) if interval_of(c) is not None]


def _change(
    trace: Trace, changes: list[Exchange[ChangeConfiguration]], readings: list[KeyReading]
) -> Verdict:
    if not changes:
        return scene_not_played(trace, CHANGE_HEARTBEAT_INTERVAL, "HeartbeatInterval was not changed")
    taken = [change for change in changes if change.status in ("Accepted", "RebootRequired")]
    if not taken:
        refused = refusal(trace, changes[-1], "Accepted", asked=f"{KEY}={changes[-1].request.value}")
        return refused or inconclusive("no change of HeartbeatInterval was answered", changes[-1].evidence)
    judged = [_one_change(trace, change, readings) for change in taken]
    decided = [verdict for verdict in judged if verdict.outcome is not Outcome.INCONCLUSIVE]
    return together(decided or judged[-1:])


def _one_change(trace: Trace, change: Exchange[ChangeConfiguration], readings: list[KeyReading]) -> Verdict:
    asked = f"{KEY}={change.request.value}"
    later = [c.n for c in ours(trace.after(change.n), ChangeConfiguration) if interval_of(c) is not None]
    mine = [r for r in readings if r.exchange.n > change.n and (not later or r.n < later[0])]
    if change.status == "RebootRequired":
        return passed_with_remark(
            f"{asked} takes effect after a reboot",
            change.evidence,
            remark="HeartbeatInterval needs a reboot, whose BootNotification.conf sets it again: not measured",
        )
    if not mine:
        return inconclusive(f"{asked} was accepted, but not read back", change.evidence)
    value = (mine[0].value or "").strip()
    if not value.isdecimal() or float(value) != interval_of(change):
        return failed(
            f"{asked} was accepted, but reads back differently",
            (*change.evidence, mine[0].exchange.n, mine[0].n),
            expected=f"“{change.request.value}”",
            seen=f"“{value}”",
        )
    return _measured(trace, change)


def _measured(trace: Trace, change: Exchange[ChangeConfiguration]) -> Verdict:
    """The spacing after a change. The first heartbeat may still follow the interval that was before."""
    regime = next((r for r in regimes(_until_next_command(trace, change)) if r.setting.n == change.n), None)
    if regime is None:
        return inconclusive("the change was accepted, but nothing was recorded after it", change.evidence)
    limit_s = regime.interval_s + _tolerance(trace)
    first_limit_s = max(regime.interval_s, regime.before_s or 0.0) + _tolerance(trace)
    begun = regime.heartbeats[0].n if regime.heartbeats else None
    before = [s for s in regime.silences() if begun is None or s.ended.n <= begun]
    after = [s for s in regime.silences() if begun is not None and s.begun.n >= begun]
    overdue = _overdue(after, limit_s) or _overdue(before, first_limit_s)
    if overdue is not None:
        if not trace.shows_connections:
            return inconclusive(f"nothing came for {overdue.seconds:.1f} s, {_UNSEEN}", change.evidence)
        if not any(r.heartbeats for r in regimes(trace)):
            return inconclusive("no heartbeat comes by itself, so that no spacing can be measured")
        return _not_applied(regime, change, f"nothing for {overdue.seconds:.1f} s", (overdue.begun.n,))
    spacings = regime.spacings()
    busy = _other_messages(trace, regime)
    if not spacings and busy:
        return passed_with_remark(
            f"HeartbeatInterval={regime.interval_s:g} was accepted and read back",
            (*change.evidence, *busy),
            remark="the spacing was not measured: other messages came more often than the interval (S§4.6)",
        )
    if not spacings:
        # Other messages lay between them; the silence before a heartbeat shows the interval too (S§4.6).
        heartbeats = {heartbeat.n for heartbeat in regime.heartbeats[1:]}
        waited = [silence.seconds for silence in regime.silences() if silence.ended.n in heartbeats]
        spacings = [seconds for seconds in waited if seconds >= regime.interval_s - _tolerance(trace)]
    if not spacings:
        return inconclusive("the spacing was not watched for long enough after the change", change.evidence)
    if max(spacings) < regime.interval_s - _tolerance(trace):
        return _not_applied(regime, change, f"{max(spacings):.1f} s", [h.n for h in regime.heartbeats])
    return passed(
        f"set to {regime.interval_s:g} s, the heartbeats came every {max(spacings):.1f} s",
        (*change.evidence, *(h.n for h in regime.heartbeats)),
        figures=_figures(regime),
    )


def _not_applied(
    regime: Regime, change: Exchange[ChangeConfiguration], seen: str, evidence: Iterable[int]
) -> Verdict:
    return failed(
        f"HeartbeatInterval={regime.interval_s:g} was accepted, but the heartbeats do not follow it",
        (*change.evidence, *evidence),
        expected=f"a Heartbeat every {regime.interval_s:g} s",
        seen=seen,
        figures=_figures(regime),
    )


_ASK_ONLY = ("DataTransfer", "GetCompositeSchedule", "GetConfiguration", "GetLocalListVersion")


def _until_next_command(trace: Trace, change: Exchange[ChangeConfiguration]) -> Trace:
    """The record up to our next command: to ask for something disturbs no heartbeat, other commands may."""
    commands = [
        call.n for call in trace.after(change.n).sent_by("central_system") if call.action not in _ASK_ONLY
    ]
    return trace.until(commands[0]) if commands else trace

"""Criterion 8.2, first half: do meter values come at the interval that was set, and follow its change?

Figures by interval (``30`` stands for the interval in seconds): ``meter_spacing_at_30_s_min``, ``_median`` and
``_max`` in seconds by payload time, ``meter_samples_at_30_s`` as a count.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median
from typing import Any

from chargeproof.acceptance.authorization_in_record import TAKEN
from chargeproof.acceptance.configuration_in_record import key_readings, same_key
from chargeproof.acceptance.configuration_keys import METER_INTERVAL_KEY as INTERVAL_KEY
from chargeproof.acceptance.quantifiers import Moment, absence, answer_to, ours, together
from chargeproof.acceptance.samples_in_record import (
    Measured,
    Sample,
    measured_transactions,
    series_of,
)
from chargeproof.acceptance.stimuli_in_record import in_scene
from chargeproof.acceptance.verdict import Outcome, Verdict, failed, inconclusive, not_run, passed
from chargeproof.acceptance.windows import window_s
from chargeproof.ocpp import ChangeConfiguration
from chargeproof.trace import Exchange, Trace

NEEDED_FIRST = 3  # samples at one interval
NEEDED_SECOND = 2  # samples at another one, to see it change
LEAST_S = 30.0  # the document's “at least 30 seconds”


def interval_is_kept(trace: Trace) -> Verdict:
    """Spacing of every transaction's samples at the interval in force, and whether two intervals were seen."""
    measured = measured_transactions(trace)
    verdicts: list[Verdict] = []
    counts: dict[float, int] = {}
    for each in measured:
        verdict = _kept(trace, each)
        if verdict is not None:
            verdicts.append(verdict)
            counts[each.interval_s] = max(counts.get(each.interval_s, 0), len(series_of(_ours(each))))
    if not verdicts:
        return _nothing_measured(trace, measured)
    all_of_them = replace(together(verdicts), figures=_figures(measured))
    if all_of_them.outcome in (Outcome.FAIL, Outcome.INCONCLUSIVE):
        return all_of_them
    return _seen_to_change(trace, all_of_them, counts)


def _nothing_measured(trace: Trace, measured: Sequence[Measured]) -> Verdict:
    if not measured:
        return not_run("no transaction ran at a known meter interval")
    tried, refused = _settings(trace)
    if tried and len(refused) == len(tried):
        return _not_settable(refused)
    known = [n for each in measured for n in each.transaction.start.evidence]
    return inconclusive("no transaction was left alone for a whole meter interval", known)


def _ours(measured: Measured) -> list[Sample]:
    """The samples that name the transaction and its connector."""
    return [sample for sample in measured.samples if _is_ours(measured, sample)]


def _is_ours(measured: Measured, sample: Sample) -> bool:
    transaction, request = measured.transaction, sample.exchange.request
    ids = {transaction.transaction_id, transaction.own_id} - {None}
    return request.connector_id == transaction.connector_id and (not ids or request.transaction_id in ids)


def _kept(trace: Trace, measured: Measured) -> Verdict | None:
    """The verdict on one transaction; None where it was too short to tell."""
    if measured.interval_s == 0:
        return _switched_off(measured)
    ours_ = _ours(measured)
    strays = [sample for sample in measured.samples if not _is_ours(measured, sample)]
    for stray in strays:
        if not ours_ or stray.exchange.request.transaction_id is not None:
            return _astray(measured, stray)
    if measured.samples and not series_of(ours_):
        reason = "the meter values carry no timestamp that can be read"
        return failed(reason, measured.evidence, expected="a timestamp in every meterValue", seen="none")
    if not measured.samples:
        return _none_came(trace, measured)
    return _spacing(trace, measured, series_of(ours_))


def _switched_off(measured: Measured) -> Verdict | None:
    if not measured.samples:
        return None
    return failed(
        f"{INTERVAL_KEY} is 0, and yet samples were sent",
        measured.evidence,
        expected="no periodic samples",
        seen=f"{len(measured.samples)} samples",
    )


def _astray(measured: Measured, stray: Sample) -> Verdict:
    """Meter values that name another transaction, none, or another connector."""
    transaction, request = measured.transaction, stray.exchange.request
    evidence = (*transaction.start.evidence, *stray.exchange.evidence)
    if request.connector_id != transaction.connector_id:
        return failed(
            "the meter values name another connector than the transaction's",
            evidence,
            expected=f"connectorId {transaction.connector_id}",
            seen=f"connectorId {request.connector_id}",
        )
    named = (
        "no transactionId" if request.transaction_id is None else f"transactionId {request.transaction_id}"
    )
    return failed(
        f"the meter values carry {named}"
        + ("" if request.transaction_id is None else ", which is not the transaction's"),
        evidence,
        expected=f"transactionId {transaction.transaction_id}",
        seen=named,
    )


def _none_came(trace: Trace, measured: Measured) -> Verdict | None:
    limit_s = measured.interval_s + window_s(trace, "meter_tolerance")
    if measured.lasted_s < limit_s:
        return None
    gone = absence(trace, measured.start_mono, limit_s)
    reason = f"no MeterValues came by themselves at an interval of {measured.interval_s:g} s"
    known = (*measured.evidence, *gone.evidence)
    expected = f"MeterValues every {measured.interval_s:g} s"
    if not gone.proved:
        return inconclusive(f"{reason}, but {gone.why}", known, expected=expected)
    return failed(reason, known, expected=expected, seen=f"none in {measured.lasted_s:.0f} s")


def _spacing(trace: Trace, measured: Measured, series: Sequence[Sample]) -> Verdict:
    interval_s, tolerance_s = measured.interval_s, window_s(trace, "meter_tolerance")
    times = [sample.time_s for sample in series if sample.time_s is not None]
    begin_s = measured.transaction.starts_at
    gaps = [after - before for before, after in pairwise(times)]
    expected = f"{interval_s:g} s ± {tolerance_s:g} s between samples"
    for gap in gaps:
        if abs(gap - interval_s) > tolerance_s:
            reason = f"the samples are not {interval_s:g} s apart"
            return failed(reason, measured.evidence, expected=expected, seen=f"{gap:.1f} s apart")
    remark = ""
    if begin_s is not None:
        head_s = times[0] - begin_s
        if not -tolerance_s <= head_s <= interval_s + tolerance_s:
            reason = f"the first sample is not within {interval_s:g} s of the start"
            seen = f"{head_s:.1f} s after the start"
            return failed(reason, measured.evidence, expected=expected, seen=seen)
        if tolerance_s < head_s < interval_s - tolerance_s:
            remark = f"the interval is not counted from the start (first sample after {head_s:.0f} s)"
    stopped = _stopped_coming(trace, measured, series[-1])
    if stopped is not None:
        return stopped
    verdict = passed(f"{len(times)} samples {interval_s:g} s apart", measured.evidence)
    return verdict.with_remark(remark) if remark else verdict


def _stopped_coming(trace: Trace, measured: Measured, last: Sample) -> Verdict | None:
    """The verdict where the samples ended long before the transaction did; judged by arrival."""
    limit_s = measured.interval_s + window_s(trace, "meter_tolerance")
    if measured.ends.mono - last.exchange.mono < limit_s:
        return None
    gone = absence(trace, last.exchange.mono, limit_s)
    if not gone.proved:
        return None
    silent_s = measured.ends.mono - last.exchange.mono
    return failed(
        "the samples ended while the transaction went on",
        (*measured.evidence, *gone.evidence),
        expected=f"a sample every {measured.interval_s:g} s to the end",
        seen=f"none in the last {silent_s:.0f} s",
    )


def _figures(measured: Sequence[Measured]) -> dict[str, Any]:
    """Count and spread of the samples by interval, over all transactions."""
    counts: dict[str, int] = {}
    gaps: dict[str, list[float]] = {}
    for each in measured:
        times = [sample.time_s for sample in series_of(_ours(each)) if sample.time_s is not None]
        name = f"at_{each.interval_s:g}_s"
        counts[name] = counts.get(name, 0) + len(times)
        gaps.setdefault(name, []).extend(after - before for before, after in pairwise(times))
    figures: dict[str, Any] = {f"meter_samples_{name}": count for name, count in counts.items()}
    for name, values in gaps.items():
        for what, value in (("min", min), ("median", median), ("max", max)):
            if values:
                figures[f"meter_spacing_{name}_{what}"] = round(float(value(values)), 3)
    return figures


def _seen_to_change(trace: Trace, verdict: Verdict, counts: dict[float, int]) -> Verdict:
    """Two intervals must have been seen, as the row asks; what was refused is told or condemned."""
    tried, refused = _settings(trace)
    firsts = sorted(interval for interval, count in counts.items() if count >= NEEDED_FIRST)
    others = sorted(interval for interval, count in counts.items() if count >= NEEDED_SECOND)
    more = {"figures": verdict.figures, "expected": "samples at two intervals, as set"}
    if firsts and len(others) > 1:
        return _reading(verdict, others, refused)
    if len(refused) > 1 or (refused and others and max(others) <= LEAST_S):
        return _not_settable(refused, verdict.figures)
    kept = " and ".join(f"{interval:g} s" for interval in others) or "none for long enough"
    reason = "the samples keep the interval, but no second interval shows that they follow it"
    if not firsts:
        reason = f"fewer than {NEEDED_FIRST} samples of one transaction came at any interval"
    return inconclusive(reason, (*verdict.evidence, *_entries(tried)), seen=f"intervals kept: {kept}", **more)


def _reading(verdict: Verdict, kept: Sequence[float], refused: Sequence[tuple[int, str, str]]) -> Verdict:
    words = " s and then at ".join(f"{interval:g}" for interval in kept)
    read = f"“at least 30 s” is read as: it can be set to 30 s or more; tried at {words} s"
    reason = f"samples came at the interval that was set, {words} s"
    more: dict[str, Any] = {"figures": verdict.figures}
    passing = passed(reason, verdict.evidence, remark=read, **more)
    if verdict.outcome is Outcome.PASS_WITH_REMARK:
        passing = passing.with_remark(verdict.remark)
    for _, value, said in refused:
        passing = passing.with_remark(f"{value} s: {said}")
    return passing


def _not_settable(refused: Sequence[tuple[int, str, str]], figures: dict[str, Any] | None = None) -> Verdict:
    seen = "; ".join(f"{value} s: {said}" for _, value, said in refused)
    return failed(
        f"the meter interval cannot be set ({INTERVAL_KEY})",
        _entries(refused),
        expected="Accepted, and the interval follows",
        seen=seen,
        figures=figures or {},
    )


Setting = tuple[int, str, str]


def _entries(settings: Sequence[Setting]) -> tuple[int, ...]:
    return tuple(n for n, _, _ in settings)


def _settings(trace: Trace) -> tuple[list[Setting], list[Setting]]:
    """(entry, value, what came of it) of every interval that was tried, and of those that were not taken."""
    tried: list[Setting] = []
    refused: list[Setting] = []
    changes = [
        change
        for change in ours(trace, ChangeConfiguration)
        if same_key(change.request.key, INTERVAL_KEY) and not in_scene(trace, change.n, "restoration")
    ]
    for change, following in zip(changes, [*changes[1:], None], strict=False):
        said = _outcome_of(trace, change, following)
        tried.append((change.n, str(change.request.value), said or "taken"))
        if said:
            refused.append(tried[-1])
    return tried, refused


def _outcome_of(trace: Trace, change: Exchange[ChangeConfiguration], following: Moment | None) -> str:
    """Empty where the value was taken; else what was answered, or what reads back."""
    if change.status not in TAKEN:
        return answer_to(change)
    readings = [
        reading
        for reading in key_readings(trace, INTERVAL_KEY)
        if reading.n > change.n and (following is None or reading.n < following.n)
    ]
    back = readings[0].value if readings else change.request.value
    return "" if back == change.request.value else f"{change.status}, but {back} reads back"

"""Criterion 14.1, the specification's half: meter values of an outage are queued, without a gap (S§3.7).

Figures: ``offline_meter_samples`` is how many were dated within the outage.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

from chargeproof.acceptance.clock_in_record import APART_S
from chargeproof.acceptance.outages_in_record import Expected, Unreachable, begun_within, expected_of
from chargeproof.acceptance.quantifiers import together
from chargeproof.acceptance.samples_in_record import (
    Sample,
    interval_in_force_s,
    measured_transactions,
    periodic_samples,
    series_of,
)
from chargeproof.acceptance.transactions_in_record import UNDELIVERED, Transaction, transactions_in
from chargeproof.acceptance.verdict import Outcome, Verdict, failed, inconclusive, passed
from chargeproof.acceptance.windows import window_s
from chargeproof.trace import Trace

CLAUSE = (
    "S§3.7 counts “periodic or clock-aligned” MeterValues among the transaction-related messages, "
    "which MUST be queued while offline"
)
WANTED = 3  # OCTT036
SAMPLES = "offline_meter_samples"


def meter_values_of(outage: Unreachable) -> list[Verdict]:
    """A verdict for each transaction that ran in the outage."""
    expected = expected_of(outage)
    concerned = [each for each in begun_within(outage, expected) if not each.is_a_shadow]  # 14.1a
    running = expected.running
    if running is not None:
        lost_it = expected.stopped_by is not None and _lost_its_stop(running)
        if lost_it and not _went_on(outage, running):
            lost = "its stop was lost, so nothing tells how long the session went on (14.1a)"
            return [inconclusive(lost, (*outage.evidence, *running.start.evidence))]
        concerned = [running, *concerned]
    verdicts = [v for each in concerned if (v := _gapless(outage, each, expected)) is not None]
    return [_enough(together(verdicts), verdicts)] if verdicts else []


def _enough(verdict: Verdict, verdicts: Sequence[Verdict]) -> Verdict:
    """The verdict on all of them, with their samples counted together."""
    count = sum(each.figures.get(SAMPLES, 0) for each in verdicts)
    if count < WANTED and verdict.outcome in (Outcome.PASS, Outcome.PASS_WITH_REMARK):
        verdict = verdict.with_remark(f"the sessions in the outage were too short for {WANTED} samples")
    return replace(verdict, figures={SAMPLES: count})


def _lost_its_stop(transaction: Transaction) -> bool:
    """Whether none came, or only one that may be of a session whose start was lost too."""
    stop = transaction.stop
    return stop is None or stop.request.transaction_id == UNDELIVERED


def _went_on(outage: Unreachable, transaction: Transaction) -> bool:
    return any(outage.dated_after(values) for values in transaction.meter_values)


def _gapless(outage: Unreachable, transaction: Transaction, expected: Expected) -> Verdict | None:
    """Spacing by payload time, from the last sample before the outage to the stop or the first one after it."""
    known = (*outage.evidence, *transaction.start.evidence)
    interval_s = _interval_s(outage.trace, transaction, outage)
    if outage.offset_s is None:
        return inconclusive("nothing tells how far the station's clock is from ours", known)
    if interval_s is None:
        return inconclusive(
            "no periodic meter values came while the station was connected either (8.2a)", known
        )
    if _undated(outage, transaction):
        return inconclusive("the meter values carry no timestamp that can be read (8.2a)", known)
    if _misdated(outage):
        return inconclusive("the meter values are dated far from when they came (8.2a)", known)
    if transaction is not expected.running and not outage.dated_within(transaction.start):
        return None  # nothing tells when it ran (14.1a)
    begins, ends = _part_within(outage, transaction)
    stopped_by = expected.stopped_by if transaction is expected.running else None
    if stopped_by is not None and stopped_by.ended is not None:
        ends = min(ends, stopped_by.ended.at.timestamp() + outage.offset_s)
    tolerance_s = window_s(outage.trace, "meter_tolerance")
    samples = series_of(periodic_samples(transaction))
    inside = [s for s in samples if s.time_s is not None and begins < s.time_s < ends]
    anchor = _last_before(transaction, samples, begins)
    close = ends if stopped_by is not None else _first_after(transaction, samples, ends)
    known = (*known, *dict.fromkeys(sample.exchange.n for sample in inside))
    if close - anchor <= interval_s + tolerance_s or ends <= anchor + interval_s - tolerance_s:
        return None  # too short for a sample to be due
    times = [anchor, *(s.time_s for s in inside if s.time_s is not None), close]
    widest = max(after - before for before, after in pairwise(times))
    if widest > interval_s + tolerance_s:
        return _gap(outage, known, len(inside), widest, interval_s)
    return _misplaced(outage, transaction, inside, known) or _counted(outage, transaction, inside, known)


def _undated(outage: Unreachable, transaction: Transaction) -> bool:
    """Whether samples came after the outage and none of them says of what time."""
    delivered = [s for s in periodic_samples(transaction) if s.exchange.n > outage.restored.n]
    return bool(delivered) and all(sample.time_s is None for sample in delivered)


def _misdated(outage: Unreachable) -> bool:
    """Whether meter values have another clock than starts and stops.

    All that came before the line broke tell it; else one that is dated later than it came, as no queue explains.
    """
    late_s = [
        (sample.exchange.n, sample.time_s - (outage.offset_s or 0.0) - sample.exchange.at.timestamp())
        for transaction in transactions_in(outage.trace)
        for sample in periodic_samples(transaction)
        if sample.time_s is not None
    ]
    came = [abs(each) > APART_S for n, each in late_s if n < outage.cut.n]
    return all(came) if came else any(each > APART_S for _, each in late_s)


def _part_within(outage: Unreachable, transaction: Transaction) -> tuple[float, float]:
    """The transaction's part of the outage on the station's clock."""
    offset_s = outage.offset_s or 0.0
    begins, ends = outage.began_s + offset_s, outage.ended_s + offset_s
    if transaction.starts_at is not None:
        begins = max(begins, transaction.starts_at)
    if transaction.stops_at is not None:
        ends = min(ends, transaction.stops_at)
    return begins, ends


def _last_before(transaction: Transaction, samples: Sequence[Sample], begins: float) -> float:
    earlier = [s.time_s for s in samples if s.time_s is not None and s.time_s <= begins]
    if earlier:
        return earlier[-1]
    return transaction.starts_at if transaction.starts_at is not None else begins


def _first_after(transaction: Transaction, samples: Sequence[Sample], ends: float) -> float:
    """The end of the session, or the next sample after the outage; the outage's end where neither came."""
    later = [s.time_s for s in samples if s.time_s is not None and s.time_s >= ends]
    if transaction.stops_at is not None:
        later.append(transaction.stops_at)
    return min((time for time in later if time >= ends), default=ends)


def _gap(
    outage: Unreachable, known: tuple[int, ...], count: int, widest_s: float, interval_s: float
) -> Verdict:
    gone = outage.absence()
    known = (*known, *gone.evidence)
    reason = (
        "no meter values of the outage came" if count == 0 else "the meter values of the outage have a gap"
    )
    expected = f"a sample every {interval_s:g} s, queued and delivered"
    figures = {SAMPLES: count}
    if not gone.proved:
        return inconclusive(f"{reason}, but {gone.why}", known, expected=expected, figures=figures)
    seen = f"{count} samples, {widest_s:.0f} s without any"
    return failed(f"{reason}; {CLAUSE}", known, expected=expected, seen=seen, figures=figures)


def _misplaced(
    outage: Unreachable, transaction: Transaction, inside: Sequence[Sample], known: tuple[int, ...]
) -> Verdict | None:
    """Old meter values that came after something new, or that name another transaction."""
    given = transaction.transaction_id
    for sample in inside:
        named = sample.exchange.request.transaction_id
        wrong = given is not None and named != given and (named is None or named != transaction.own_id)
        if wrong and _others_are_named(outage):
            return failed(
                "the meter values of the outage do not name their transaction",
                (*known, *sample.exchange.evidence),
                expected=f"transactionId {given}",
                seen=f"transactionId {named}" if named is not None else "no transactionId",
            )
    newer = next((m for m in outage.delivered() if outage.dated_after(m)), None)
    late = [sample for sample in inside if newer is not None and sample.exchange.n > newer.n]
    if newer is not None and late:
        return failed(
            f"meter values of the outage were delivered after a new {newer.action}",
            (*known, *newer.evidence, *late[0].exchange.evidence),
            expected="the queue before anything new (S§3.7)",
            seen=f"{newer.action}, then MeterValues of the outage",
        )
    return None


def _others_are_named(outage: Unreachable) -> bool:
    """Whether the station's meter values name their transaction otherwise (8.2a judges those that do not)."""
    return any(
        values.request.transaction_id is not None
        and values.request.transaction_id in (transaction.transaction_id, transaction.own_id)
        for transaction in transactions_in(outage.trace)
        for values in transaction.meter_values
        if values.n < outage.cut.n
    )


def _counted(
    outage: Unreachable, transaction: Transaction, inside: Sequence[Sample], known: tuple[int, ...]
) -> Verdict:
    count = len(inside)
    figures = {SAMPLES: count}
    came = "1 sample" if count == 1 else f"{count} samples"
    verdict = passed(f"{came} of the outage came, without a gap", known, figures=figures)
    if _doubled(outage, transaction):
        verdict = verdict.with_remark("some meter values of the outage were sent more than once")
    came_at = [sample.exchange.n for sample in inside]
    if came_at != sorted(came_at):
        verdict = verdict.with_remark("they did not come in the order of their dates, as they should (S§3.7)")
    return verdict


def _doubled(outage: Unreachable, transaction: Transaction) -> bool:
    delivered = [each for each in transaction.meter_values if each.n > outage.restored.n]
    return any(again.request == first.request for first, again in pairwise(delivered))


def _interval_s(trace: Trace, transaction: Transaction, outage: Unreachable) -> float | None:
    """The spacing to be expected: as set, or as the station keeps it online where that is longer (8.2a).

    None where it is not known, or where the station sends no periodic meter values online either.
    """
    stated = interval_in_force_s(trace, transaction)
    gaps = _online_gaps_s(trace, outage, stated)
    if gaps:
        return max(stated or 0.0, median(gaps))
    tolerance_s = window_s(trace, "meter_tolerance")
    for measured in measured_transactions(trace):
        if not measured.samples and measured.lasted_s > measured.interval_s + tolerance_s:
            return None
    return stated


def _online_gaps_s(trace: Trace, outage: Unreachable, stated: float | None) -> list[float]:
    """The spacing of all samples that came at that interval before the line broke."""
    gaps: list[float] = []
    for transaction in transactions_in(trace):
        if interval_in_force_s(trace, transaction) == stated:
            samples = [s for s in periodic_samples(transaction) if s.exchange.n < outage.cut.n]
            times = [s.time_s for s in series_of(samples) if s.time_s is not None]
            gaps.extend(after - before for before, after in pairwise(times))
    return gaps

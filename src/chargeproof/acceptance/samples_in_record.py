"""The periodic meter samples of a transaction, by payload time, and the interval that was in force for them.

Samples with another context than Sample.Periodic (the default) are none: readings at the beginning and the
end, clock-aligned ones, and those that we asked for with TriggerMessage.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from chargeproof.acceptance.asked_once import asked_once
from chargeproof.acceptance.authorization_in_record import InForce, in_force
from chargeproof.acceptance.clock_in_record import seconds_of
from chargeproof.acceptance.configuration_in_record import same_key
from chargeproof.acceptance.configuration_keys import METER_INTERVAL_KEY as INTERVAL_KEY
from chargeproof.acceptance.outages_in_record import begun_within, expected_of, unreachables
from chargeproof.acceptance.periodic_values import is_periodic
from chargeproof.acceptance.quantifiers import Moment, ours
from chargeproof.acceptance.stimuli_in_record import next_disturbance
from chargeproof.acceptance.transactions_in_record import Transaction, transactions_in
from chargeproof.acceptance.windows import window_s
from chargeproof.ocpp import (
    ChangeConfiguration,
    MeterValues,
    SampledValue,
    TriggerMessage,
)
from chargeproof.trace import ConnectionClosed, Exchange, Trace


@dataclass(frozen=True, slots=True)
class Sample:
    """The periodic values of one MeterValue: payload time in seconds since 1970 (None: none to be read)."""

    exchange: Exchange[MeterValues]
    time_s: float | None
    values: tuple[SampledValue, ...]


def periodic_samples(transaction: Transaction) -> list[Sample]:
    """The transaction's periodic samples, in the order of arrival."""
    samples = []
    for exchange in transaction.meter_values:
        for meter_value in exchange.request.meter_value or ():
            values = tuple(value for value in meter_value.sampled_value or () if is_periodic(value))
            if values:
                samples.append(Sample(exchange, seconds_of(meter_value.timestamp), values))
    return samples


def series_of(samples: Sequence[Sample]) -> list[Sample]:
    """The samples of the quantity that came most often, in the order of payload time, each time once.

    A station may send several frames an interval, one per phase: only equal quantities are spaced.
    """
    by_quantity: dict[tuple[Any, ...], dict[float, Sample]] = {}
    for sample in samples:
        for value in sample.values:
            if sample.time_s is not None:
                quantity = (value.effective_measurand, value.phase, value.effective_location)
                by_quantity.setdefault(quantity, {}).setdefault(sample.time_s, sample)
    longest = max(by_quantity.values(), key=len, default={})
    return [longest[time] for time in sorted(longest)]


@dataclass(frozen=True, slots=True)
class Measured:
    """A transaction for as long as nothing was done to it, and the interval that was in force at its start.

    ``ends`` is the entry that ended that time: its stop, an act, a command, the end of the record.
    """

    transaction: Transaction
    interval_s: float
    interval_evidence: tuple[int, ...]
    samples: tuple[Sample, ...]
    ends: Moment

    @property
    def start_mono(self) -> float:
        return self.transaction.start.mono

    @property
    def lasted_s(self) -> float:
        """Seconds by arrival."""
        return self.ends.mono - self.start_mono

    @property
    def evidence(self) -> tuple[int, ...]:
        """The start, the interval, and the frames of the samples."""
        frames = dict.fromkeys(sample.exchange.n for sample in self.samples)
        return (*self.interval_evidence, *self.transaction.start.evidence, *frames)


@asked_once
def measured_transactions(trace: Trace) -> list[Measured]:
    """Every transaction at whose start the interval was known; those of an outage are function 14's matter."""
    found = []
    unseen = {
        begun.start.n for each in unreachables(trace) for begun in begun_within(each, expected_of(each))
    }
    for transaction in transactions_in(trace):
        if transaction.start.n in unseen or transaction.is_a_shadow:  # 6.1a
            continue
        setting = in_force(trace, INTERVAL_KEY, transaction.start.n)
        interval_s = _seconds(setting)
        if setting is not None and interval_s is not None:
            ends = _left_alone_until(trace, transaction)
            broken = _line_broken(trace, transaction, ends)
            if broken is not None and not _missed_none(trace, transaction, interval_s, ends):
                ends = broken
            samples = tuple(s for s in periodic_samples(transaction) if s.exchange.n < ends.n)
            found.append(Measured(transaction, interval_s, setting.evidence, samples, ends))
    return found


def _line_broken(trace: Trace, transaction: Transaction, ends: Moment) -> Moment | None:
    """Where the socket of the start was closed meanwhile."""
    socket = transaction.start.call.connection
    closed = trace.between(transaction.start.n, ends.n).of(ConnectionClosed)
    return next((each for each in closed if each.connection == socket), None)


def _missed_none(trace: Trace, transaction: Transaction, interval_s: float, ends: Moment) -> bool:
    """Whether the samples went on over a broken line as if nothing had been."""
    samples = [s for s in periodic_samples(transaction) if s.exchange.n < ends.n]
    times = [s.time_s for s in series_of(samples) if s.time_s is not None]
    limit_s = interval_s + window_s(trace, "meter_tolerance")
    return len(times) > 1 and all(after - before <= limit_s for before, after in pairwise(times))


def interval_in_force_s(trace: Trace, transaction: Transaction) -> float | None:
    """The meter interval when the transaction began, None where the record does not say."""
    return _seconds(in_force(trace, INTERVAL_KEY, transaction.start.n))


def _seconds(setting: InForce | None) -> float | None:
    text = (setting.value or "").strip() if setting is not None else ""
    return float(text) if text.isdecimal() and len(text) < 10 else None


def _left_alone_until(trace: Trace, transaction: Transaction) -> Moment:
    """The first entry after the start that may have changed the measuring."""
    last: Moment = transaction.stop or trace.entries[-1]
    rest = trace.between(transaction.start.n, last.n)
    moments: list[Moment] = [last]
    moments.extend(c for c in ours(rest, ChangeConfiguration) if same_key(c.request.key, INTERVAL_KEY))
    moments.extend(t for t in ours(rest, TriggerMessage) if t.request.requested_message == "MeterValues")
    disturbed = next_disturbance(trace, transaction.start.n, transaction.connector_id)
    moments.extend(trace.after(disturbed - 1).entries[:1] if disturbed is not None else ())
    return min(moments, key=lambda moment: moment.n)

"""Criterion 8.2, second half: voltage, current and power in every sample, in plausible numbers."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from chargeproof.acceptance.authorization_in_record import TAKEN
from chargeproof.acceptance.configuration_in_record import same_key
from chargeproof.acceptance.configuration_keys import MEASURANDS_KEY
from chargeproof.acceptance.quantifiers import answer_to, every, ours
from chargeproof.acceptance.samples_in_record import Measured, Sample, measured_transactions
from chargeproof.acceptance.verdict import Verdict, failed, inconclusive, not_run, passed
from chargeproof.ocpp import ChangeConfiguration, Location, Measurand, SampledValue, ValueFormat
from chargeproof.trace import Exchange, Trace

WANTED: dict[str, str] = {
    Measurand.VOLTAGE: "voltage",
    Measurand.CURRENT_IMPORT: "current",
    Measurand.POWER_ACTIVE_IMPORT: "power",
}
UNITS: dict[str, Mapping[str, float]] = {
    Measurand.VOLTAGE: {"V": 1.0},
    Measurand.CURRENT_IMPORT: {"A": 1.0},
    Measurand.POWER_ACTIVE_IMPORT: {"W": 1.0, "kW": 1000.0},
}
# From a single-phase outlet to a large DC station; a small negative current is a meter's noise.
PLAUSIBLE: dict[str, tuple[float, float]] = {
    Measurand.VOLTAGE: (50.0, 1500.0),
    Measurand.CURRENT_IMPORT: (-1.0, 1000.0),
    Measurand.POWER_ACTIVE_IMPORT: (-100.0, 1_500_000.0),
}
PHASE_VOLTAGE = (80.0, 330.0)

POWER_TOLERANCE = 0.15  # of U·I: power factor, rounding, and readings a moment apart
POWER_SLACK_W = 100.0

CUT_S = 2.0  # the frames of one sample come within this time

Key = tuple[str, str]  # measurand; phase, "" for none


@dataclass(slots=True)
class Instant:
    """All that was sampled at one time: numbers in V, A and W by measurand and phase.

    ``named`` are the measurands that came, with whatever value; ``faults`` what is wrong (expected, seen).
    """

    time_s: float
    began_mono: float
    frames: list[int] = field(default_factory=list)
    values: dict[Key, float] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)
    faults: list[tuple[str, str]] = field(default_factory=list)
    unreadable: set[str] = field(default_factory=set)

    def phases(self, measurand: str) -> set[str]:
        """The phases for which there is a value; the empty text stands for no phase."""
        return {phase for name, phase in self.values if name == measurand}


def instants_of(samples: Sequence[Sample], width_s: float) -> list[Instant]:
    """Samples that lie close together by payload time as one: a station may send a frame for each phase."""
    instants: list[Instant] = []
    dated = [(sample.time_s, sample) for sample in samples if sample.time_s is not None]
    for time_s, sample in sorted(dated, key=lambda each: each[0]):
        if not instants or time_s - instants[-1].time_s > width_s:
            instants.append(Instant(time_s, sample.exchange.mono))
        instants[-1].frames.append(sample.exchange.n)
        for value in sample.values:
            _read(instants[-1], value)
    return instants


def _read(instant: Instant, value: SampledValue) -> None:
    measurand = str(value.effective_measurand)
    if measurand not in WANTED or value.format == ValueFormat.SIGNED_DATA or value.location == Location.EV:
        return
    instant.named.add(measurand)
    phase = str(value.phase).removesuffix("-N") if value.phase is not None else ""
    unit = str(value.unit) if value.unit is not None else ""
    factor = UNITS[measurand].get(unit)
    if factor is None:
        expected = " or ".join(UNITS[measurand])
        instant.faults.append((f"unit {expected} for {measurand}", f"unit {unit or 'missing'}"))
        factor = 1.0
    number = _number(value.value)
    if number is None:
        instant.faults.append((f"a number as value of {measurand}", f"“{value.value}”"))
        instant.unreadable.add(measurand)
        return
    number *= factor
    least, most = (
        PHASE_VOLTAGE if measurand == Measurand.VOLTAGE and len(phase) == 2 else PLAUSIBLE[measurand]
    )
    if not least <= number <= most and not instant.faults:
        wanted = next(iter(UNITS[measurand]))
        instant.faults.append((f"{measurand} of {least:g} to {most:g} {wanted}", f"{value.value} {unit}"))
    # The outlet is the usual place; what is measured elsewhere only stands in for it.
    if value.location in (None, Location.OUTLET):
        instant.values[measurand, phase] = number
    else:
        instant.values.setdefault((measurand, phase), number)


def _number(text: object) -> float | None:
    try:
        number = float(text) if isinstance(text, str) and "_" not in text else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None


# ── the judgement ────────────────────────────────────────────────────────────────────────────────────


def quantities_are_given(trace: Trace) -> Verdict:
    """Every transaction with at least one sample, while nothing was done to it."""
    seen = measured_transactions(trace)
    measured = [each for each in seen if each.samples and each.interval_s > 0]
    known = [n for each in seen for n in each.transaction.start.evidence]
    silent = inconclusive("no periodic meter values came in which to look for them (8.2a)", known)
    return every(
        measured,
        lambda each: _given(trace, each),
        nothing=silent if seen else not_run("no transaction was seen"),
    )


def _given(trace: Trace, measured: Measured) -> Verdict:
    instants = _whole(instants_of(measured.samples, 0.45 * measured.interval_s), measured)
    if not instants:
        return inconclusive("the meter values carry no timestamp that can be read (8.2a)", measured.evidence)
    absent = [name for name in WANTED if not any(name in instant.named for instant in instants)]
    if absent:
        return _never_came(trace, measured, absent)
    for judge_one in (_without_faults, _in_every_sample, _all_phases, _power_fits):
        verdict = judge_one(measured, instants)
        if verdict is not None:
            return verdict
    return passed(
        f"voltage, current and power in each of {len(instants)} samples, and the power fits",
        measured.evidence,
    )


def _whole(instants: list[Instant], measured: Measured) -> list[Instant]:
    """Without a last one that was perhaps cut in the middle of its frames."""
    cut = measured.ends.mono - instants[-1].began_mono < CUT_S if instants else False
    return instants[:-1] if cut and len(instants) > 1 else instants


def _never_came(trace: Trace, measured: Measured, absent: Sequence[str]) -> Verdict:
    """Which of them never came, and whether the station had said that it would not send them."""
    words = " and ".join(WANTED[name] for name in absent)
    changes = ours(trace, ChangeConfiguration, lambda change: same_key(change.key, MEASURANDS_KEY))
    asked = [
        c for c in changes if any(name in _items(c) for name in absent) and c.n < measured.transaction.start.n
    ]
    refused = bool(asked) and all(
        any(name in _items(c) and c.status not in TAKEN for c in asked)
        and not any(name in _items(c) and c.status in TAKEN for c in asked)
        for name in absent
    )
    came = sorted({str(v.effective_measurand) for sample in measured.samples for v in sample.values})
    evidence = (*measured.evidence, *(n for change in asked for n in change.evidence))
    if refused:
        answers = ", ".join(
            dict.fromkeys(answer_to(change) for change in asked if change.status not in TAKEN)
        )
        remark = (
            f"a fail of the document, not of the specification: {words} cannot be set in {MEASURANDS_KEY} "
            f"({answers}), and S§9.1.17 makes only Energy.Active.Import.Register the default"
        )
    elif asked:
        remark = f"{MEASURANDS_KEY} with {words} was accepted: S§9.1.17 makes the station send it"
    else:
        remark = f"nobody asked for {words} in {MEASURANDS_KEY}; a fail of the document"
    return failed(
        f"{words} never came",
        evidence,
        expected="Voltage, Current.Import and Power.Active.Import in every sample",
        seen=f"only {', '.join(came)}",
        remark=remark,
    )


def _items(change: Exchange[ChangeConfiguration]) -> list[str]:
    return [item.strip() for item in (change.request.value or "").split(",")]


def _in_every_sample(measured: Measured, instants: Sequence[Instant]) -> Verdict | None:
    for name, word in WANTED.items():
        having = [instant for instant in instants if name in instant.named]
        if len(having) < len(instants):
            lacking = next(instant for instant in instants if name not in instant.named)
            return failed(
                f"{word} is not in every sample",
                (*measured.evidence, *lacking.frames),
                expected=f"{name} in every sample",
                seen=f"in {len(having)} of {len(instants)} samples",
            )
    return None


def _without_faults(measured: Measured, instants: Sequence[Instant]) -> Verdict | None:
    for instant in instants:
        for expected, seen in instant.faults:
            reason = f"a value is not what it must be: {seen} where {expected} belongs"
            return failed(reason, (*measured.evidence, *instant.frames), expected=expected, seen=seen)
    return None


def _all_phases(measured: Measured, instants: Sequence[Instant]) -> Verdict | None:
    """Each quantity keeps its phases; voltage and power have those of the current, or are given as a whole."""
    for name, word in WANTED.items():
        ever = set().union(*(instant.phases(name) for instant in instants))
        for instant in instants:
            have = instant.phases(name)
            lines = {"L1", "L2", "L3"}
            current = instant.phases(Measurand.CURRENT_IMPORT) & lines
            wanted = (ever & lines) | (current if have & lines and "" not in have else set())
            if name == Measurand.CURRENT_IMPORT and "" not in have:
                wanted |= _lines_with_power(instant)
            if missing := sorted(wanted - have):
                return failed(
                    f"{word} lacks {' and '.join(missing)}",
                    (*measured.evidence, *instant.frames),
                    expected=f"{name} for {', '.join(sorted(wanted))}",
                    seen=", ".join(sorted(each or "without a phase" for each in have)),
                )
    return None


def _lines_with_power(instant: Instant) -> set[str]:
    return {
        phase
        for (name, phase), watts in instant.values.items()
        if name == Measurand.POWER_ACTIVE_IMPORT and phase in ("L1", "L2", "L3") and watts > POWER_SLACK_W
    }


def _power_fits(measured: Measured, instants: Sequence[Instant]) -> Verdict | None:
    for instant in instants:
        for phase, watts in _powers(instant):
            products = _products(instant, phase)
            if products and not any(_close(watts, product) for product in products):
                where = f" on {phase}" if phase else ""
                return failed(
                    f"the power{where} does not fit voltage times current",
                    (*measured.evidence, *instant.frames),
                    expected=f"about {products[0]:.0f} W{where}",
                    seen=f"{watts:.0f} W",
                )
    return None


def _powers(instant: Instant) -> Iterable[tuple[str, float]]:
    for (name, phase), watts in instant.values.items():
        if name == Measurand.POWER_ACTIVE_IMPORT and phase in ("", "L1", "L2", "L3"):
            yield phase, watts


def _close(watts: float, product: float) -> bool:
    return abs(watts - product) <= max(POWER_TOLERANCE * abs(product), POWER_SLACK_W)


def _products(instant: Instant, phase: str) -> list[float]:
    """What U·I makes on a phase, or in all; several where the record leaves the wiring open."""
    volts = {p: v for (name, p), v in instant.values.items() if name == Measurand.VOLTAGE}
    amperes = {p: v for (name, p), v in instant.values.items() if name == Measurand.CURRENT_IMPORT}
    if phase:
        volt, ampere = _phase_voltage(volts, phase), amperes.get(phase, amperes.get(""))
        return [] if volt is None or ampere is None else [volt * ampere]
    lines = [each for each in ("L1", "L2", "L3") if each in amperes]
    parts = [(_phase_voltage(volts, each), amperes[each]) for each in lines]
    if parts and all(volt is not None for volt, _ in parts):
        return [sum(volt * ampere for volt, ampere in parts if volt is not None)]
    if "" not in amperes:
        return []
    one = _phase_voltage(volts, "") or _phase_voltage(volts, "L1")
    return [] if one is None else [one * amperes[""], 3 * one * amperes[""], math.sqrt(3) * one * amperes[""]]


def _phase_voltage(volts: Mapping[str, float], phase: str) -> float | None:
    """The voltage to neutral of a phase: as sent, from the only voltage there is, or from between phases."""
    if phase in volts:
        return volts[phase]
    if "" in volts:
        return volts[""]
    between = [volt for each, volt in volts.items() if len(each) > 2 and phase in each.split("-")]
    return between[0] / math.sqrt(3) if between else None

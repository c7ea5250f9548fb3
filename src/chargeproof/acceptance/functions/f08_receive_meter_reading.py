"""Function 8: Receive Meter reading.

Figures: see ``meter_interval``; ``energy_wh`` is what the largest transaction charged.
"""

from dataclasses import replace
from typing import Any

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.meter_interval import interval_is_kept
from chargeproof.acceptance.meter_quantities import quantities_are_given
from chargeproof.acceptance.preparation import set_keys_for_visit
from chargeproof.acceptance.quantifiers import every, scene_not_played
from chargeproof.acceptance.samples_in_record import periodic_samples
from chargeproof.acceptance.stage import Stage
from chargeproof.acceptance.transactions_in_record import Transaction, transactions_in
from chargeproof.acceptance.verdict import Outcome, Verdict, failed, inconclusive, passed
from chargeproof.acceptance.visit import REMOTE_STOP, SECOND_INTERVAL, remote_stop, second_interval
from chargeproof.ocpp import Measurand, UnitOfMeasure
from chargeproof.trace import Exchange, Trace

case = Case(
    8,
    "Receive Meter reading",
    criteria={
        "8.1": "Meter values are received at the start of transaction and stop of transaction",
        "8.2": (
            "Meter values are received, according to meter interval that can be set by user (at least 30 seconds"
            " interval when charging). Voltage, current and power reading are received, according to meter "
            "interval that can be set by user (at least 30 seconds interval)"
        ),
    },
)


@case.drive
async def drive(stage: Stage) -> None:
    """Rides on the sessions of acts 3 to 5: one at 30 s, the next at 60 s."""
    await set_keys_for_visit(stage)
    await stage.play_each(remote_stop, second_interval)


# ── 8.1: at the start and at the stop ────────────────────────────────────────────────────────────────


@case.check(
    "8.1a",
    "meterStart and meterStop are integers in Wh, and the meter does not run backwards",
    clause="S§6.45, S§6.49",
    octt=("TC_003_CS",),
)
def values_at_start_and_stop(trace: Trace) -> Verdict:
    begun = transactions_in(trace)
    wrong = [verdict for each in begun if (verdict := _wrong_start(each)) is not None]
    if wrong:
        return wrong[0]
    ended = [each for each in begun if each.stop is not None]
    if begun and not ended:
        known = [n for each in begun for n in each.start.evidence]
        return inconclusive("no transaction was stopped, so there is no meterStop", known)
    nothing = scene_not_played(trace, REMOTE_STOP, "no transaction was seen")
    verdict = every(ended, _start_and_stop, nothing=nothing)
    most = max((each.figures.get("energy_wh", 0) for each in map(_start_and_stop, ended)), default=0)
    return replace(verdict, figures={"energy_wh": most}) if most else verdict


def _on_the_wire(message: Exchange[Any], name: str) -> Any:
    payload = message.reading.payload
    return payload.get(name) if isinstance(payload, dict) else None


def _integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _wrong_start(transaction: Transaction) -> Verdict | None:
    evidence = transaction.start.evidence
    wrong = _not_an_integer(transaction.start, "meterStart", evidence)
    return wrong or _no_reading("meterStart", _on_the_wire(transaction.start, "meterStart"), evidence)


def _no_reading(name: str, value: int, evidence: tuple[int, ...]) -> Verdict | None:
    if 0 <= value <= MOST_WH:
        return None
    expected = f"{name} as a register's reading, in Wh"
    return failed(f"{name} is no reading of a register", evidence, expected=expected, seen=f"{value}")


def _not_an_integer(message: Exchange[Any], name: str, evidence: tuple[int, ...]) -> Verdict | None:
    value = _on_the_wire(message, name)
    if _integer(value):
        return None
    seen = "missing" if value is None else repr(value)
    what = "is missing" if value is None else "is not an integer"
    return failed(f"{name} {what}", evidence, expected=f"{name} as an integer, in Wh", seen=seen)


def _start_and_stop(transaction: Transaction) -> Verdict:
    start, stop = transaction.start, transaction.stop
    if stop is None:
        return inconclusive("the transaction was not stopped", start.evidence)
    evidence = (*start.evidence, *stop.evidence)
    wrong = _not_an_integer(stop, "meterStop", evidence)
    if wrong is not None:
        return wrong
    first, last = _on_the_wire(start, "meterStart"), _on_the_wire(stop, "meterStop")
    if last < first:
        return failed(
            "meterStop is below meterStart",
            evidence,
            expected=f"meterStop of {first} Wh or more",
            seen=f"meterStop {last} Wh",
        )
    return _no_reading("meterStop", last, evidence) or _in_wh(transaction, first, last, evidence)


def _in_wh(transaction: Transaction, first: int, last: int, evidence: tuple[int, ...]) -> Verdict:
    """The register in the meter values, where there is one, tells kWh from Wh."""
    register = _register_wh(transaction)
    verdict = passed(
        f"meterStart {first} Wh, meterStop {last} Wh", evidence, figures={"energy_wh": last - first}
    )
    if not register:
        return verdict
    in_kwh = all(wh >= LEAST_TELLING_WH for wh in register) and (
        abs(register[0] / 1000 - first) <= 1 and abs(register[-1] / 1000 - last) <= 1
    )
    if in_kwh:
        return failed(
            "meterStart and meterStop are in kWh",
            evidence,
            expected=f"about {register[0]:.0f} Wh, as the register says",
            seen=f"{first} and {last}",
        )
    if not first - SLACK_WH <= register[0] <= register[-1] <= last + SLACK_WH:
        return verdict.with_remark(
            f"the register in the meter values ({register[0]:.0f} to {register[-1]:.0f} Wh) does not lie "
            "between meterStart and meterStop"
        )
    return verdict


LEAST_TELLING_WH = 5000.0
MOST_WH = 2**40  # more than a station can deliver in its life
SLACK_WH = 100.0


def _register_wh(transaction: Transaction) -> list[float]:
    """The samples of Energy.Active.Import.Register in Wh, by payload time."""
    found: list[tuple[float, float]] = []
    for sample in periodic_samples(transaction):
        for value in sample.values:
            is_register = value.effective_measurand == Measurand.ENERGY_ACTIVE_IMPORT_REGISTER
            if is_register and value.phase is None and sample.time_s is not None:
                try:
                    number = float(value.value)
                except (TypeError, ValueError):
                    continue
                factor = 1000.0 if value.effective_unit == UnitOfMeasure.KWH else 1.0
                found.append((sample.time_s, number * factor))
    return [wh for _, wh in sorted(found)]


# ── 8.2: at the interval ─────────────────────────────────────────────────────────────────────────────


@case.check(
    "8.2a",
    "MeterValues of the transaction come at the interval that was set, and follow its change",
    clause="S§4.7, E3.15, S§9.1.19",
    octt=("TC_070_CS",),
)
def meter_values_at_the_interval(trace: Trace) -> Verdict:
    return _or_scene(trace, interval_is_kept(trace))


@case.check(
    "8.2b",
    "Voltage, current and power are in every sample, in plausible numbers that fit each other",
    clause="S§9.1.17, S§7.43, S§3.16.4",
    octt=("TC_070_CS",),
)
def voltage_current_and_power(trace: Trace) -> Verdict:
    return _or_scene(trace, quantities_are_given(trace))


def _or_scene(trace: Trace, verdict: Verdict) -> Verdict:
    """Where nothing was run, the scene says why."""
    if verdict.outcome is not Outcome.NOT_RUN:
        return verdict
    for scene in (REMOTE_STOP, SECOND_INTERVAL):
        told = scene_not_played(trace, scene, "")
        if told.reason:
            return told
    return verdict

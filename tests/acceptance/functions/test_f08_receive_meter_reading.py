"""Function 8: Receive Meter reading."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from chargeproof.acceptance.verdict import Outcome
from chargeproof.acceptance.visit import REMOTE_STOP
from chargeproof.ocpp import Measurand, Phase, ReadingContext, Reason, UnitOfMeasure
from tests.acceptance.charging_record import THREE_PHASES, ChargingRecord, S, Values, with_values, without
from tests.acceptance.records import failure_of, outcome_of, verdict_of

VOLTS, AMPERES, WATTS = Measurand.VOLTAGE, Measurand.CURRENT_IMPORT, Measurand.POWER_ACTIVE_IMPORT
V, A, W, KW = UnitOfMeasure.V, UnitOfMeasure.A, UnitOfMeasure.W, UnitOfMeasure.KW
REGISTER = Measurand.ENERGY_ACTIVE_IMPORT_REGISTER
Sampled = Callable[[ChargingRecord, int], object]


def plain(record: ChargingRecord, given: int) -> None:
    record.sample(given)


def session(
    record: ChargingRecord,
    times: Sequence[float],
    sample: Sampled = plain,
    *,
    tail_s: float = 3.0,
) -> int:
    """A session with samples at these times after its start, and its end."""
    record.remote_start()
    given = record.start()
    began = record.now_s - 0.1
    record.says(S.CHARGING)
    for time in times:
        record.wait(began + time - record.now_s)
        sample(record, given)
    record.wait(tail_s)
    record.remote_stop(given)
    record.stop(given, Reason.REMOTE)
    record.says(S.FINISHING)
    record.lives(40)
    return given


def charged(
    first: Sequence[float] = (30, 60, 90),
    second: Sequence[float] = (60, 120),
    sample: Sampled = plain,
    *,
    head: bool = True,
    **more: Any,
) -> ChargingRecord:
    """Two sessions, at 30 s and at 60 s."""
    record = ChargingRecord(head=head, **more)
    record.says(S.PREPARING)
    record.interval(30)
    session(record, first, sample)
    record.interval(60)
    session(record, second, sample)
    return record


# ── 8.1a ─────────────────────────────────────────────────────────────────────────────────────────────


def raw_session(start: str, stop: str | None) -> ChargingRecord:
    """A session whose meter readings are JSON of any kind; None leaves the stop out."""
    record = ChargingRecord()
    time = '"timestamp":"2026-11-23T06:00:00Z"'
    meter = f'"meterStart":{start},' if start else ""
    record.station(
        "StartTransaction",
        '{"idTagInfo":{"status":"Accepted"},"transactionId":7}',
        payload=f'{{"connectorId":1,"idTag":"A",{meter}{time}}}',
    )
    if stop is not None:
        meter = f'"meterStop":{stop},' if stop else ""
        record.station("StopTransaction", payload=f'{{"transactionId":7,{meter}{time}}}')
    return record


def test_readings_at_start_and_stop_pass() -> None:
    verdict = verdict_of("8.1a", raw_session("1000", "1300"))
    assert verdict.outcome is Outcome.PASS
    assert verdict.figures == {"energy_wh": 300}


def test_a_session_without_energy_passes() -> None:
    assert outcome_of("8.1a", raw_session("0", "0")) is Outcome.PASS


@pytest.mark.parametrize(
    ("start", "stop", "reason"),
    [
        ("1000", "999", "below meterStart"),
        ("1000", "-1", "below meterStart"),
        ("1000", '"1300"', "meterStop is not an integer"),
        ("1000", "1300.5", "meterStop is not an integer"),
        ("1000", "true", "meterStop is not an integer"),
        ("1000", "", "meterStop is missing"),
        ("", "1300", "meterStart is missing"),
        ('"1000"', None, "meterStart is not an integer"),
    ],
)
def test_wrong_readings_fail(start: str, stop: str | None, reason: str) -> None:
    assert reason in failure_of("8.1a", raw_session(start, stop))


def test_without_a_stop_it_is_open_and_without_a_session_not_run() -> None:
    assert outcome_of("8.1a", raw_session("1000", None)) is Outcome.INCONCLUSIVE
    record = ChargingRecord()
    record.cannot(REMOTE_STOP, "no hands at this site")
    assert verdict_of("8.1a", record).reason == "no hands at this site"


def register(wh: str, unit: UnitOfMeasure | None = None) -> Values:
    return {(REGISTER, None): (wh, unit)}


@pytest.mark.parametrize(
    ("meters", "values", "outcome"),
    [
        ((8000, 8300), register("8100"), Outcome.PASS),
        ((8000, 8300), register("8.1", UnitOfMeasure.KWH), Outcome.PASS),
        ((8, 8), register("8100"), Outcome.FAIL),
        ((0, 300), register("8100"), Outcome.PASS_WITH_REMARK),
    ],
)
def test_the_register_tells_kilowatt_hours_from_watt_hours(
    meters: tuple[int, int], values: Values, outcome: Outcome
) -> None:
    record = ChargingRecord()
    given = record.start(meter=meters[0])
    record.wait(30)
    record.sample(given, values=values)
    record.wait(30)
    record.sample(given, values=values)
    record.stop(given, meter=meters[1])
    assert outcome_of("8.1a", record) is outcome


# ── 8.2a ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("head", [True, False])
def test_samples_at_both_intervals_pass_and_say_how_it_was_read(head: bool) -> None:
    verdict = verdict_of("8.2a", charged(head=head))
    assert verdict.outcome is Outcome.PASS
    assert "at least 30 s" in verdict.remark
    assert verdict.evidence
    assert verdict.figures["meter_samples_at_30_s"] == 3
    assert verdict.figures["meter_spacing_at_60_s_median"] == pytest.approx(60, abs=0.5)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((10, 20, 30, 40, 50, 60, 70, 80, 90), (60, 120)),
        ((15, 30, 45, 60, 75, 90), (60, 120)),
        ((30, 60, 90), (30, 60, 90, 120)),
        ((60, 120), (60, 120)),
        ((30, 60, 120, 150), (60, 120)),
        ((30, 60, 90), (60, 150)),
        ((40, 70, 100), (60, 120)),
    ],
)
def test_another_spacing_fails(first: Sequence[float], second: Sequence[float]) -> None:
    assert failure_of("8.2a", charged(first, second))


def test_samples_that_stop_coming_fail() -> None:
    record = ChargingRecord()
    record.says(S.PREPARING)
    record.interval(30)
    session(record, (30, 60, 90), tail_s=60)
    assert "ended while the transaction went on" in failure_of("8.2a", record)


def test_the_spacing_is_that_of_the_payload_not_of_the_arrival() -> None:
    record = ChargingRecord()
    record.says(S.PREPARING)
    record.interval(30)
    record.remote_start()
    given = record.start()
    began = record.stamp
    record.says(S.CHARGING)
    record.wait(60)
    for seconds in (30, 60):
        record.sample(given, at=began + timedelta(seconds=seconds))
    record.wait(30)
    record.sample(given, at=began + timedelta(seconds=90))
    record.remote_stop(given)
    record.stop(given, Reason.REMOTE)
    record.interval(60)
    session(record, (60, 120))
    assert outcome_of("8.2a", record) is Outcome.PASS


@pytest.mark.parametrize("clock_s", [-7200.0, 86400.0 * 365])
def test_a_clock_that_is_wrong_changes_nothing(clock_s: float) -> None:
    assert outcome_of("8.2a", charged(clock_s=clock_s)) is Outcome.PASS


def test_no_samples_fail_and_leave_the_quantities_open() -> None:
    record = ChargingRecord()
    record.says(S.PREPARING)
    record.interval(30)
    record.remote_start()
    record.start()
    record.says(S.CHARGING)
    record.lives(40)
    assert "no MeterValues came by themselves" in failure_of("8.2a", record)
    assert outcome_of("8.2b", record) is Outcome.INCONCLUSIVE


def test_samples_that_were_asked_for_do_not_count() -> None:
    def triggered(record: ChargingRecord, given: int) -> None:
        record.sample(given, context=ReadingContext.TRIGGER)

    assert "no MeterValues came by themselves" in failure_of("8.2a", charged((38, 68), (65, 125), triggered))


def test_too_short_a_session_decides_nothing() -> None:
    record = ChargingRecord()
    record.says(S.PREPARING)
    record.interval(30)
    session(record, (), tail_s=20)
    assert outcome_of("8.2a", record) is Outcome.INCONCLUSIVE


def test_a_lost_connection_decides_nothing() -> None:
    record = ChargingRecord()
    record.says(S.PREPARING)
    record.interval(30)
    record.remote_start()
    record.start()
    record.says(S.CHARGING)
    record.wait(10).closed()
    record.wait(5).opened()
    record.lives(100)
    assert outcome_of("8.2a", record) is Outcome.INCONCLUSIVE


def test_one_interval_does_not_show_a_change() -> None:
    record = ChargingRecord()
    record.says(S.PREPARING)
    record.interval(30)
    session(record, (30, 60, 90))
    assert outcome_of("8.2a", record) is Outcome.INCONCLUSIVE


def test_meter_values_without_the_transaction_id_fail_only_the_interval() -> None:
    record = charged(sample=lambda record, given: record.sample(None))
    assert "no transactionId" in failure_of("8.2a", record)
    assert outcome_of("6.1b", record) is Outcome.PASS
    assert outcome_of("8.2b", record) is Outcome.PASS


def test_meter_values_with_another_id_or_connector_fail() -> None:
    record = charged(sample=lambda record, given: record.sample(given + 100))
    assert "not the transaction's" in failure_of("8.2a", record)
    record = charged(sample=lambda record, given: record.sample(given, 2))
    assert "another connector" in failure_of("8.2a", record)


def per_phase(record: ChargingRecord, given: int) -> None:
    """A frame for each phase, a second apart, and the power with the last."""
    for phase in ("L1", "L2", "L3"):
        record.sample(
            given,
            values={key: value for key, value in THREE_PHASES.items() if key[1] and key[1].startswith(phase)},
        )
        record.wait(0.5)
    record.sample(given, values={(WATTS, None): ("11.0", KW)})


def with_extras(record: ChargingRecord, given: int) -> None:
    record.sample(given, context=ReadingContext.TRANSACTION_BEGIN)
    record.sample(given)
    record.sample(None, 0, values=register("9000"))
    record.sample(given, context=ReadingContext.SAMPLE_CLOCK)


@pytest.mark.parametrize("sample", [per_phase, with_extras])
def test_lawful_ways_to_send_samples_pass(sample: Sampled) -> None:
    record = charged(sample=sample)
    assert [outcome_of(check_id, record) for check_id in ("8.2a", "8.2b")] == [Outcome.PASS] * 2


def test_a_station_that_takes_60_but_not_30_seconds_passes_with_a_remark() -> None:
    record = ChargingRecord()
    record.says(S.PREPARING)
    record.interval(30, "Rejected", back="60")
    record.interval(60)
    session(record, (60, 120, 180))
    record.interval(90)
    session(record, (90, 180))
    verdict = verdict_of("8.2a", record)
    assert verdict.outcome is Outcome.PASS_WITH_REMARK
    assert "30 s: Rejected" in verdict.remark


def test_an_interval_that_reads_back_otherwise_is_judged_as_it_reads() -> None:
    record = ChargingRecord()
    record.says(S.PREPARING)
    record.interval(30, back="60")
    session(record, (60, 120, 180))
    record.interval(90)
    session(record, (90, 180))
    verdict = verdict_of("8.2a", record)
    assert verdict.outcome is Outcome.PASS_WITH_REMARK
    assert "60 reads back" in verdict.remark


def test_an_interval_that_cannot_be_changed_fails() -> None:
    record = ChargingRecord()
    record.says(S.PREPARING)
    record.interval(30)
    session(record, (30, 60, 90))
    record.interval(60, "Rejected", back="30")
    session(record, (30, 60, 90))
    assert "cannot be set" in failure_of("8.2a", record)


def test_zero_switches_sampling_off() -> None:
    record = ChargingRecord()
    record.says(S.PREPARING)
    record.interval(0)
    session(record, (30, 60))
    assert "is 0" in failure_of("8.2a", record)


# ── 8.2b ─────────────────────────────────────────────────────────────────────────────────────────────

ONE_PHASE: Values = {
    (VOLTS, Phase.L1): ("231", V),
    (AMPERES, Phase.L1): ("16", A),
    (WATTS, Phase.L1): ("3690", W),
}
DIRECT_CURRENT: Values = {(VOLTS, None): ("400", V), (AMPERES, None): ("125", A), (WATTS, None): ("50", KW)}
TOTALS: Values = {(VOLTS, None): ("230", V), (AMPERES, None): ("16", A), (WATTS, None): ("11040", W)}
BETWEEN_PHASES: Values = {
    **without(THREE_PHASES, VOLTS),
    (VOLTS, Phase.L1_L2): ("400", V),
    (VOLTS, Phase.L2_L3): ("400", V),
    (VOLTS, Phase.L3_L1): ("400", V),
}
EACH_PHASE: Values = {
    **without(THREE_PHASES, WATTS),
    **{(WATTS, phase): ("3.68", KW) for phase in (Phase.L1, Phase.L2, Phase.L3)},
}


def measured(values: Values) -> ChargingRecord:
    return charged(sample=lambda record, given: record.sample(given, values=values))


@pytest.mark.parametrize(
    "values", [THREE_PHASES, ONE_PHASE, DIRECT_CURRENT, TOTALS, BETWEEN_PHASES, EACH_PHASE]
)
def test_plausible_quantities_pass(values: Values) -> None:
    verdict = verdict_of("8.2b", measured(values))
    assert verdict.outcome is Outcome.PASS, verdict
    assert verdict.evidence


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (without(THREE_PHASES, VOLTS), "voltage never came"),
        (without(THREE_PHASES, AMPERES), "current never came"),
        (without(THREE_PHASES, WATTS), "power never came"),
        (without(THREE_PHASES, VOLTS, WATTS), "voltage and power never came"),
        (with_values(THREE_PHASES, {(VOLTS, Phase.L1_N): ("230", None)}), "unit missing"),
        (with_values(THREE_PHASES, {(AMPERES, Phase.L1): ("16", V)}), "unit V"),
        (with_values(THREE_PHASES, {(WATTS, None): ("11040", KW)}), "Power.Active.Import of"),
        (with_values(THREE_PHASES, {(WATTS, None): ("eleven", W)}), "a number"),
        (with_values(THREE_PHASES, {(WATTS, None): ("", W)}), "a number"),
        (with_values(THREE_PHASES, {(WATTS, None): ("nan", W)}), "a number"),
        (with_values(THREE_PHASES, {(VOLTS, Phase.L1_N): ("0", V)}), "Voltage of"),
        (with_values(THREE_PHASES, {(VOLTS, Phase.L1_N): ("2300", V)}), "Voltage of"),
        (with_values(THREE_PHASES, {(AMPERES, Phase.L1): ("16000", A)}), "Current.Import of"),
        (with_values(THREE_PHASES, {(WATTS, None): ("3680", W)}), "does not fit voltage times current"),
        (with_values(EACH_PHASE, {(WATTS, Phase.L2): ("1.0", KW)}), "on L2 does not fit"),
    ],
)
def test_wrong_quantities_fail(values: Values, reason: str) -> None:
    assert reason in failure_of("8.2b", measured(values))
    assert outcome_of("8.2a", measured(values)) is Outcome.PASS


@pytest.mark.parametrize(
    ("missing", "reason"),
    [
        ((VOLTS, Phase.L3_N), "voltage lacks L3"),
        ((WATTS, Phase.L2), "power lacks L2"),
        ((AMPERES, Phase.L2), "current lacks L2"),
    ],
)
def test_a_missing_phase_fails(missing: tuple[Measurand, Phase], reason: str) -> None:
    values = {key: value for key, value in EACH_PHASE.items() if key != missing}
    assert reason in failure_of("8.2b", measured(values))


def test_a_quantity_that_is_missing_in_one_sample_fails() -> None:
    taken = iter([THREE_PHASES, without(THREE_PHASES, VOLTS), *[THREE_PHASES] * 9])
    record = charged(sample=lambda record, given: record.sample(given, values=next(taken)))
    assert "voltage is not in every sample" in failure_of("8.2b", record)


def asked_for(*answers: tuple[str, str]) -> ChargingRecord:
    """A station with currents alone, and its answers to MeterValuesSampledData."""
    record = ChargingRecord()
    record.says(S.PREPARING)
    for value, answer in answers:
        record.set_key("MeterValuesSampledData", value, answer, back=None)
    record.interval(30)
    values = without(THREE_PHASES, VOLTS, WATTS)
    session(record, (30, 60, 90), lambda record, given: record.sample(given, values=values))
    return record


def test_the_document_s_own_station_fails_the_document_not_the_specification() -> None:
    record = asked_for(
        ("Voltage,Current.Import,Power.Active.Import,Energy.Active.Import.Register", "Rejected"),
        ("Voltage", "Rejected"),
        ("Current.Import", "Accepted"),
        ("Power.Active.Import", "Rejected"),
    )
    verdict = verdict_of("8.2b", record)
    assert verdict.outcome is Outcome.FAIL
    assert verdict.reason == "voltage and power never came"
    assert "of the document, not of the specification" in verdict.remark
    assert verdict.seen == "only Current.Import"
    sampled = [exchange.n for exchange in record.trace().exchanges() if exchange.action == "MeterValues"]
    assert set(sampled) <= set(verdict.evidence)


def test_measurands_that_were_accepted_and_not_sent_fail_the_specification_too() -> None:
    verdict = verdict_of("8.2b", asked_for(("Voltage,Current.Import,Power.Active.Import", "Accepted")))
    assert verdict.outcome is Outcome.FAIL
    assert "was accepted" in verdict.remark
    assert "not of the specification" not in verdict.remark

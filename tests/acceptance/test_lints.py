"""Lints about connecting, payloads, configuration and metering: one that commits it, one that comes near."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chargeproof.acceptance.lints import LINTS, findings_in
from chargeproof.acceptance.lints.registry import Lint, Sight, lint
from chargeproof.ocpp import (
    REQUESTS,
    GetConfiguration,
    Measurand,
    ReadingContext,
    Reset,
    ResetConf,
    ResetStatus,
    ResetType,
    UnlockConnector,
)
from chargeproof.testing.trace_builder import TraceBuilder
from chargeproof.trace import Trace
from tests.acceptance.lint_scenes import POWER, Play, Scene, key, raised, times

SAMPLE = '{"value":"5"}'
STAMP = '"timestamp":"2026-11-23T06:00:00Z"'


def _reset(s: Scene) -> None:
    s.we(Reset(type=ResetType.HARD), ResetConf(status=ResetStatus.ACCEPTED))
    s.closed()
    s.wait(20)


def _reconnect_without_boot(s: Scene) -> None:
    s.closed()
    s.wait(5)
    s.handshake()
    s.opened()
    s.heartbeat()


def _reboot_without_boot(s: Scene) -> None:
    _reset(s)
    s.handshake()
    s.opened()
    s.heartbeat()


def _commanded_early(s: Scene, *, survives: bool) -> None:
    s.handshake()
    s.opened()
    s.we(GetConfiguration(), '{"configurationKey":[]}' if survives else None)
    s.wait(3)
    if survives:
        s.boot()
        s.wait(60)
    s.closed()


def _session(s: Scene, *, seconds: int, metered: bool) -> None:
    s.set_key("MeterValueSampleInterval", "60")
    s.start()
    s.wait(seconds)
    if metered:
        s.meter()
    s.stop()


def _overlap(s: Scene, *, closed: bool) -> None:
    if closed:
        s.closed()
    s.connect()


def _away(s: Scene, seconds: float, *, ours: bool = False) -> None:
    if ours:
        s.reach(False)
    s.closed(by="network")
    s.wait(seconds)
    if ours:
        s.reach(True)
        s.wait(20)
    s.connect()


def _measurands(s: Scene, *, sent: bool) -> None:
    s.set_key("MeterValuesSampledData", "Power.Active.Import,Energy.Active.Import.Register")
    s.start()
    for _ in range(3):
        s.wait(30)
        s.meter()
        if sent:
            s.meter(**POWER)
    s.stop()


def _rejected_list(s: Scene, *, one_unsupported: bool) -> None:
    s.set_key("MeterValuesSampledData", "Voltage,Current.Import", "Rejected")
    s.set_key("MeterValuesSampledData", "Voltage", "Rejected" if one_unsupported else "Accepted")
    s.set_key("MeterValuesSampledData", "Current.Import")


def _set_and_read(s: Scene, written: str, read: str, name: str = "ConnectionTimeOut") -> None:
    s.set_key(name, written)
    s.read(key(name, read))


def _set_twice(s: Scene) -> None:
    s.set_key("ConnectionTimeOut", "30")
    s.set_key("ConnectionTimeOut", "60")
    s.read(key("ConnectionTimeOut", "60"))


def _register(s: Scene, second_start: int) -> None:
    s.start(7, wh=1000)
    s.stop(7, wh=2000)
    s.start(8, wh=second_start)
    s.stop(8, wh=second_start + 500)


def _register_in_session(s: Scene, *readings: str, **more: Any) -> None:
    s.start(7, wh=1000)
    for reading in readings:
        s.wait(30)
        s.meter(value=reading, **more)
    s.stop(7, wh=5000)


def _unanswered_get(s: Scene, *, goes_on: bool) -> None:
    s.we(GetConfiguration())
    if goes_on:
        s.outlive()


def _dropped_after(s: Scene, seconds: float) -> None:
    s.we(UnlockConnector(connector_id=1))
    s.wait(seconds)
    s.closed()


def _dated(s: Scene, offset_s: float) -> None:
    s.wait(4000)
    s.status(1, "Available", timestamp=s.now + timedelta(seconds=offset_s))


def _local_time(s: Scene, *, in_queue: bool) -> None:
    if in_queue:
        _away(s, 3660, ours=True)
    else:
        s.wait(8000)
    s.start(at=s.now - timedelta(seconds=3600))


ZONELESS = f'[{{"timestamp":"2026-11-23T06:00:02","sampledValue":[{SAMPLE}]}}]'
LAWFUL = f'[{{{STAMP},"sampledValue":[{SAMPLE}]}}]'

CASES: list[tuple[str, str, Play, Play]] = [
    ("L-01", "no sub-protocol", lambda s: s.handshake(offered=()), lambda s: s.handshake()),
    (
        "L-02",
        "no Connection header",
        lambda s: s.handshake(hint="The request has no header Connection: Upgrade"),
        lambda s: s.handshake(hint="unknown password"),
    ),
    ("L-04", "no boot after a reset", _reboot_without_boot, _reconnect_without_boot),
    ("L-06", "vendor empty", lambda s: s.boot(charge_point_vendor=" "), lambda s: s.boot(meter_type="M1")),
    ("L-06", "iccid absurd", lambda s: s.boot(iccid="-67"), lambda s: s.boot(iccid="8931440012345678901F")),
    (
        "L-06",
        "model missing",
        lambda s: s.station("BootNotification", payload='{"chargePointVendor":"ACME"}'),
        lambda s: s.boot(),
    ),
    (
        "L-07",
        "no MeterValues",
        lambda s: _session(s, seconds=200, metered=False),
        lambda s: _session(s, seconds=200, metered=True),
    ),
    (
        "L-07",
        "a session shorter than the interval",
        lambda s: _session(s, seconds=200, metered=False),
        lambda s: _session(s, seconds=50, metered=False),
    ),
    ("L-08", "no zone", lambda s: s.meter_raw(ZONELESS), lambda s: s.meter_raw(LAWFUL)),
    ("L-08", "1970", lambda s: _dated(s, -56 * 365.25 * 86400), lambda s: _dated(s, -600)),
    ("L-08", "ahead", lambda s: _dated(s, 7200), lambda s: _dated(s, 30)),
    ("L-08", "local time", lambda s: _local_time(s, in_queue=False), lambda s: _local_time(s, in_queue=True)),
    (
        "L-09",
        "readonly as text",
        lambda s: s.read(key("A", "1", '"true"')),
        lambda s: s.read(key("A", "1", "true")),
    ),
    (
        "L-09",
        "boolean as digit",
        lambda s: s.read(key("LocalPreAuthorize", "1")),
        lambda s: s.read(key("LocalPreAuthorize", "True")),
    ),
    (
        "L-09",
        "value over 500 characters",
        lambda s: s.read(key("A", "x" * 501)),
        lambda s: s.read(key("A", "x" * 500)),
    ),
    (
        "L-10",
        "GetConfiguration without answer",
        lambda s: _unanswered_get(s, goes_on=True),
        lambda s: _unanswered_get(s, goes_on=False),
    ),
    ("L-10", "drops after a request", lambda s: _dropped_after(s, 30), lambda s: _dropped_after(s, 300)),
    (
        "L-11",
        "no JSON",
        lambda s: s.text("charge_point", "hello"),
        lambda s: s.text("central_system", "hello"),
    ),
    ("L-11", "NUL bytes", lambda s: s.text("charge_point", '[2,"z","Heartbeat",{}]\x00'), Scene.heartbeat),
    ("L-13", "meterValue an object", lambda s: s.meter_raw(LAWFUL[1:-1]), lambda s: s.meter_raw(LAWFUL)),
    (
        "L-13",
        "no samples",
        lambda s: s.meter_raw(f'[{{{STAMP},"sampledValue":[]}}]'),
        lambda s: s.meter_raw(LAWFUL),
    ),
    ("L-13", "empty value", lambda s: s.meter(None, value=""), lambda s: s.meter(None, value="0")),
    (
        "L-14",
        "unit Hz",
        lambda s: s.meter_raw(LAWFUL.replace('"5"', '"5","unit":"Hz"')),
        lambda s: s.meter_raw(LAWFUL.replace('"5"', '"5","unit":"Celcius"')),
    ),
    ("L-18", "restarts per session", lambda s: _register(s, 0), lambda s: _register(s, 2000)),
    (
        "L-18",
        "stop below start",
        lambda s: (s.start(wh=5000), s.stop(wh=4000)),
        lambda s: (s.start(wh=5), s.stop(wh=5)),
    ),
    (
        "L-18",
        "placeholder at the begin",
        lambda s: _register_in_session(s, "0", context=ReadingContext.TRANSACTION_BEGIN),
        lambda s: _register_in_session(s, "1000", "1400"),
    ),
    (
        "L-18",
        "another register",
        lambda s: _register_in_session(s, "1500", "300"),
        lambda s: _register_in_session(s, "1500", "300", measurand=Measurand.ENERGY_ACTIVE_EXPORT_REGISTER),
    ),
    (
        "L-19",
        "after the stop",
        lambda s: (s.start(), s.stop(), s.meter()),
        lambda s: (s.start(), s.meter(), s.stop()),
    ),
    (
        "L-20",
        "accepted, never sent",
        lambda s: _measurands(s, sent=False),
        lambda s: _measurands(s, sent=True),
    ),
    (
        "L-20",
        "a list rejected",
        lambda s: _rejected_list(s, one_unsupported=False),
        lambda s: _rejected_list(s, one_unsupported=True),
    ),
    (
        "L-20",
        "an unknown measurand accepted",
        lambda s: s.set_key("MeterValuesSampledData", "Volts"),
        lambda s: s.set_key("MeterValuesSampledData", "Volts", "Rejected"),
    ),
    ("L-21", "unchanged", lambda s: _set_and_read(s, "30", "120"), lambda s: _set_and_read(s, "30", "30")),
    ("L-21", "changed again before it was read", lambda s: _set_and_read(s, "30", "120"), _set_twice),
    ("L-25", "overlapping sockets", lambda s: _overlap(s, closed=False), lambda s: _overlap(s, closed=True)),
    ("L-25", "away for long", lambda s: _away(s, 700), lambda s: _away(s, 700, ours=True)),
    ("L-25", "other versions", lambda s: s.handshake(offered=("ocpp2.0.1",)), lambda s: s.handshake()),
    (
        "L-31",
        "a password",
        lambda s: s.read(key("AuthorizationKey", "0123456789ABCDEF")),
        lambda s: s.read(key("AuthorizationKey", "****")),
    ),
    (
        "L-34",
        "a longer interval",
        lambda s: _set_and_read(s, "30", "60", "MeterValueSampleInterval"),
        lambda s: _set_and_read(s, "60", "60", "MeterValueSampleInterval"),
    ),
    (
        "L-34",
        "an interval rejected",
        lambda s: s.set_key("MeterValueSampleInterval", "30", "Rejected"),
        lambda s: s.set_key("MeterValueSampleInterval", "1", "Rejected"),
    ),
    (
        "L-36",
        "a list over 500 characters",
        lambda s: s.read(key("MeterValuesSampledData", "Energy.Active.Import.Register," * 20)),
        lambda s: s.read(key("MeterValuesSampledData", "Energy.Active.Import.Register," * 10)),
    ),
    (
        "S-unknown-field",
        "more than the schema",
        lambda s: s.station("Heartbeat", payload='{"x":1}'),
        Scene.heartbeat,
    ),
    (
        "S-too-long",
        "a long tag",
        lambda s: s.station("Authorize", payload=f'{{"idTag":"{"x" * 21}"}}'),
        lambda s: s.station("Authorize", payload=f'{{"idTag":"{"x" * 20}"}}'),
    ),
]


@pytest.mark.parametrize(("lint_id", "play"), [pytest.param(c[0], c[2], id=f"{c[0]} {c[1]}") for c in CASES])
def test_a_station_that_commits_it_raises_the_lint(lint_id: str, play: Play) -> None:
    assert lint_id in raised(play)


@pytest.mark.parametrize(
    ("lint_id", "play"), [pytest.param(c[0], c[3], id=f"{c[0]} not: {c[1]}") for c in CASES]
)
def test_a_near_miss_does_not_raise_the_lint(lint_id: str, play: Play) -> None:
    assert lint_id not in raised(play)


def test_a_station_that_breaks_when_commanded_early_is_named() -> None:
    assert "L-05" in raised(lambda s: _commanded_early(s, survives=False), bare=True)
    assert "L-05" not in raised(lambda s: _commanded_early(s, survives=True), bare=True)


def test_a_first_connection_without_a_boot_is_named() -> None:
    assert "L-04" in raised(lambda s: (s.opened(), s.heartbeat()), bare=True)


def test_a_lawful_session_raises_nothing() -> None:
    def play(s: Scene) -> None:
        for connector_id in (0, 1):
            s.status(connector_id, "Available", timestamp=s.now)
        s.status(1, "Preparing")
        s.start()
        s.status(1, "Charging")
        times(3, lambda: (s.wait(60), s.meter(**POWER)))
        s.stop()
        s.status(1, "Finishing")
        s.status(1, "Available")

    assert raised(play) == {}


def test_a_finding_names_its_first_entry_and_every_sight_in_order() -> None:
    scene = Scene()
    first = scene.boot(iccid="")
    second = scene.boot(imsi="-67")
    found = findings_in(scene.trace())
    assert [(f.lint.id, [s.n for s in f.sightings]) for f in found] == [("L-06", [first, second])]


def test_what_a_lint_claims_is_not_told_again_as_a_schema_deviation() -> None:
    seen = raised(lambda s: s.meter_raw(ZONELESS))
    assert set(seen) == {"L-08"}


def test_our_own_deviations_are_not_the_station_s() -> None:
    scene = Scene()
    scene.we("ChangeConfiguration", '{"status":"Accepted"}', payload='{"key":"A","value":1,"more":2}')
    assert findings_in(scene.trace()) == ()


def test_an_id_is_registered_once() -> None:
    with pytest.raises(ValueError, match="L-01 is registered twice"):
        lint("L-01", "t", clause="c", advice="a")(lambda trace: [])


def test_a_search_that_breaks_is_our_fault_and_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(trace: Trace) -> list[Sight]:
        raise KeyError("x")

    monkeypatch.setitem(LINTS, "L-01", Lint("L-01", "t", "c", "a", find=broken))
    seen = raised(lambda s: s.boot(iccid=""))
    assert set(seen) == {"T-L-01", "L-06"}


def test_every_lint_speaks_to_the_builder_and_names_no_make() -> None:
    for each in LINTS.values():
        assert each.title
        assert each.clause
        assert each.advice.endswith((".", "!"))
        assert "#" not in each.title + each.advice


METERED = {
    "timestamp": "2026-11-23T06:00:01Z",
    "sampledValue": [{"value": "1500"}, {"value": "x", "unit": 3}],
}
KEYS = [{"key": "MeterValueSampleInterval", "value": "60"}, {"key": "A", "readonly": "true"}, {"value": 1}]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
) | st.sampled_from(
    [
        "2026-11-23T06:00:00Z",
        "2026-11-23T06:00:00",
        "0001-01-01T00:00:00Z",
        "Accepted",
        "Available",
        "Hard",
        "Inoperative",
        "MeterValueSampleInterval",
        "MeterValuesSampledData",
        "30",
        "TAG",
        [METERED],
        METERED,
        KEYS,
        {"status": "Accepted"},
        0,
        1,
        -1,
    ]
)


@st.composite
def records(draw: st.DrawFn) -> Trace:
    """Calls of any action with required fields replaced by anything."""
    builder = TraceBuilder()
    builder.opened()
    for _ in range(draw(st.integers(1, 6))):
        action = draw(st.sampled_from(sorted(REQUESTS)))
        names = st.sampled_from([*REQUESTS[action].__struct_encode_fields__, "x"])
        payload = {name: draw(json_values) for name in draw(st.lists(names, max_size=5))}
        station = draw(st.booleans())
        fields = st.sampled_from(["status", "transactionId", "configurationKey"])
        answer = json.dumps(draw(st.dictionaries(fields, json_values)))
        builder.exchange(
            "charge_point" if station else "central_system",
            action,
            draw(st.sampled_from([None, "InternalError", answer])),
            payload=json.dumps(payload),
        )
        builder.wait(draw(st.floats(0, 200)))
    return builder.trace()


@given(records())
@settings(max_examples=60, deadline=None)
def test_no_record_breaks_a_search(trace: Trace) -> None:
    broken = [finding.lint.title for finding in findings_in(trace) if finding.lint.group == "tool"]
    assert broken == []

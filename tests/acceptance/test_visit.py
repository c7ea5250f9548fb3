"""The visit: played against simulated stations in virtual time, and what its record then shows."""

import asyncio
from typing import Any

import msgspec
import pytest

from chargeproof.acceptance import visit
from chargeproof.acceptance.profile import Profile
from chargeproof.acceptance.verdict import Outcome
from chargeproof.ocpp import (
    GetConfiguration,
    Measurand,
    RemoteStartTransaction,
    RemoteStopTransaction,
    SendLocalList,
    StopTransaction,
)
from chargeproof.simulator.model import StationModel, load_model
from chargeproof.simulator.station import SimulatedStation
from chargeproof.testbed.no_site import NoSite
from chargeproof.testbed.simulated import RunResult, profile_for, run_simulated
from chargeproof.testing.virtual_time import run_virtual

MINE = (6, 7, 8, 10, 11, 14)
GOOD = (Outcome.PASS, Outcome.PASS_WITH_REMARK)
LAWFUL = load_model("lawful")


def played(station: Any = "lawful", **more: Any) -> RunResult:
    return run_virtual(run_simulated(station, functions=MINE, **more))


def verdicts(result: RunResult) -> dict[str, Outcome]:
    return {
        each.check.id: each.verdict.outcome
        for each in result.judgement.checks()
        if int(each.check.id.split(".")[0]) in MINE
    }


def model(**changes: Any) -> StationModel:
    return msgspec.structs.replace(LAWFUL, **changes)


ODD: dict[str, StationModel] = {
    "stays in Preparing when plugged": model(plugged_without_card="preparing"),
    "goes to Finishing when plugged": model(plugged_without_card="finishing"),
    "single-phase vehicle": model(vehicle=msgspec.structs.replace(LAWFUL.vehicle, phases=1)),
    "one connector": model(connectors=1),
    "fast clock": model(offset_s=3600.0),
    "no interval below 60 s": LAWFUL.with_key("MeterValueSampleInterval", minimum=60, value="60"),
    "interval after a reboot": LAWFUL.with_key("MeterValueSampleInterval", reboot=True),
    "time-out after a reboot": LAWFUL.with_key("ConnectionTimeOut", reboot=True),
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_a_lawful_station_passes(odd: StationModel) -> None:
    result = played(odd)
    bad = {check: outcome for check, outcome in verdicts(result).items() if outcome not in GOOD}
    assert bad == {}, [result.judgement.check(check) for check in bad]


def test_the_whole_visit_takes_less_than_twenty_minutes() -> None:
    trace = played().trace
    assert trace.end_mono - trace.entries[0].mono < 20 * 60


def test_every_scene_is_played_and_nothing_runs_afterwards() -> None:
    trace = played().trace
    scenes = [
        visit.START_WITHOUT_CABLE,
        visit.PLUG_IN,
        visit.WAIT_FOR_TIME_OUT,
        visit.REMOTE_SESSION,
        visit.REMOTE_STOP,
        visit.LOCAL_START,
        visit.LOCAL_STOP,
        visit.SECOND_INTERVAL,
        visit.UNKNOWN_CARD,
        visit.UNPLUG,
        visit.OUTAGE,
        visit.FAULT,
    ]
    assert {scene: [span.phase for span in trace.steps(scene)] for scene in scenes} == {
        scene: ["ended"] for scene in scenes
    }
    ended = trace.steps("end what still runs")
    assert [span.phase for span in ended] == ["ended"]  # the session that ran on when the line came back
    assert trace.steps(visit.OUTAGE)[0].began.n < ended[0].began.n


def test_the_document_s_own_station_fails_where_the_form_hid_it() -> None:
    result = played("ctek_cs_connected")
    assert [check for check, outcome in verdicts(result).items() if outcome is Outcome.FAIL] == [
        "8.2b",
        "14.1b",
    ]


def plugged_without_hands(station: SimulatedStation) -> NoSite:
    """Nobody is there, but a cable is plugged into a vehicle as soon as the station is up."""
    return plugged_later(station, 5.1)


def plugged_later(station: SimulatedStation, after_s: float) -> NoSite:
    loop = asyncio.get_running_loop()
    loop.call_later(after_s, lambda: station.spawn(station.plug_in(1), "somebody plugs in"))
    return NoSite()


def test_with_a_cable_in_and_nobody_there_the_unattended_checks_are_judged() -> None:
    found = verdicts(played(site=plugged_without_hands))
    judged = {check for check, outcome in found.items() if outcome in GOOD}
    assert judged == {"6.1a", "6.1b", "6.1c", "7.1a", "7.1b", "8.1a", "8.2a", "8.2b", "14.1b"}
    assert {outcome for check, outcome in found.items() if check not in judged} == {Outcome.NOT_RUN}


def test_a_cable_that_comes_unasked_does_not_condemn_the_time_out() -> None:
    result = played(site=lambda station: plugged_later(station, 20))
    assert result.judgement.check("11.2b").outcome is Outcome.INCONCLUSIVE


def test_without_hands_and_cable_nothing_but_the_time_out_is_judged() -> None:
    found = verdicts(played(site="none"))
    assert found.pop("11.2b") in GOOD
    assert set(found.values()) == {Outcome.NOT_RUN}


def keys(**values: str) -> StationModel:
    changed = LAWFUL
    for key, value in values.items():
        changed = changed.with_key(key, value=value)
    return changed


def test_a_station_that_begins_nothing_offline_is_judged_on_the_other_half() -> None:
    result = played(keys(AuthorizationCacheEnabled="false", AllowOfflineTxForUnknownId="false"))
    verdict = result.judgement.check("14.1a")
    assert verdict.outcome is Outcome.PASS_WITH_REMARK
    assert "offline" in verdict.remark


def test_the_local_list_lets_it_begin_one_where_the_profile_says_so() -> None:
    lists = keys(
        AuthorizationCacheEnabled="false", AllowOfflineTxForUnknownId="false", LocalAuthListEnabled="true"
    )
    stated = msgspec.structs.replace(profile_for(lists), local_list=True)
    result = played(lists, profile=stated)
    sent = [each.request.local_authorization_list for each in result.trace.exchanges(SendLocalList)]
    assert any(sent)
    assert not sent[-1]
    assert result.judgement.check("14.1a").outcome is Outcome.PASS
    assert result.judgement.check("6.2a").outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (6, ["6.1a", "6.1b", "6.1c", "6.2a", "6.2b", "6.3a"]),
        (7, ["7.1a", "7.1b", "7.2a", "7.3a"]),
        (8, ["8.1a", "8.2a", "8.2b"]),
        (10, ["10.1a", "10.2a"]),
        (11, ["11.1a", "11.2a", "11.2b"]),
        (14, ["14.1a", "14.1b"]),
    ],
)
def test_each_function_can_be_played_alone(function: int, expected: list[str]) -> None:
    result = run_virtual(run_simulated(functions=(function,)))
    assert {check: result.judgement.check(check).outcome in GOOD for check in expected} == dict.fromkeys(
        expected, True
    )
    starts = result.trace.exchanges(RemoteStartTransaction)
    assert all(start.n < result.trace.entries[-1].n for start in starts)
    assert result.station.transactions.any_running() is False


class HoldsOn(SimulatedStation):
    """Accepts remote stops and goes on."""

    async def stop_remotely(self, connector: Any) -> None:
        return


def test_a_session_that_will_not_end_is_ended_by_harder_means() -> None:
    result = played(HoldsOn)
    assert result.trace.steps("end what still runs")
    assert result.judgement.check("7.1a").outcome is Outcome.FAIL
    assert result.judgement.check("7.3a").outcome in GOOD
    assert result.station.transactions.any_running() is False


def test_refused_measurands_are_tried_one_by_one() -> None:
    meter = msgspec.structs.replace(
        LAWFUL.meter, supported_measurands=(Measurand.CURRENT_IMPORT, Measurand.VOLTAGE)
    )
    result = played(msgspec.structs.replace(LAWFUL, meter=meter))
    verdict = result.judgement.check("8.2b")
    assert verdict.reason == "power never came"
    assert "not of the specification" in verdict.remark


def test_a_profile_without_cards_leaves_what_needs_them_not_run() -> None:
    found = verdicts(played(profile=Profile(connectors=2)))
    assert {found[check] for check in ("6.2a", "6.2b", "6.3a", "7.2a", "14.1a")} == {Outcome.NOT_RUN}
    assert {found[check] for check in ("6.1a", "7.1a", "7.3a", "8.2a", "14.1b")} <= set(GOOD)


def test_nothing_of_ours_is_sent_between_the_reconnect_and_the_queue() -> None:
    trace = played().trace
    outage = trace.outages()[0]
    assert outage.back is not None
    stops = trace.after(outage.back.n).exchanges(StopTransaction)
    assert trace.between(outage.back.n, stops[1].n).sent_by("central_system") == []


def test_the_measuring_session_is_left_alone() -> None:
    trace = played().trace
    span = trace.steps(visit.REMOTE_SESSION)[0]
    inside = trace.during(span)
    commands = [call.action for call in inside.sent_by("central_system")]
    assert commands[-1] == "RemoteStartTransaction"
    assert GetConfiguration.action in commands
    assert RemoteStopTransaction.action not in commands

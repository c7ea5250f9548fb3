"""The security group as a whole, and the cases of passwords, TLS, profiles and sub-protocols."""

from collections.abc import Sequence

import msgspec
import pytest

from chargeproof.acceptance.judge import judge_function
from chargeproof.acceptance.lints import findings_in
from chargeproof.acceptance.profile import Profile
from chargeproof.acceptance.report import build_report
from chargeproof.acceptance.script import FUNCTIONS, SECURITY, case_of, named, numbers_of, play_order
from chargeproof.acceptance.security.profile_scenes import KEY, NOT_ALLOWED
from chargeproof.acceptance.security.s078_bad_server_certificate import SHOW_BAD_CERTIFICATE
from chargeproof.acceptance.verdict import Outcome
from chargeproof.ocpp import ChangeConfiguration, GetConfiguration
from chargeproof.simulator.model import load_model
from chargeproof.simulator.station import SimulatedStation
from chargeproof.testbed.runner import Run
from chargeproof.testbed.security_bench import FIRST_PASSWORD
from chargeproof.testbed.simulated import RunResult, profile_for, run_simulated
from chargeproof.testing.virtual_time import run_virtual
from chargeproof.trace import HandshakeSeen, StepChanged, load_trace

GOOD = (Outcome.PASS, Outcome.PASS_WITH_REMARK, Outcome.NOT_APPLICABLE)


def played(
    model: str = "secure",
    numbers: Sequence[int] = numbers_of("security"),
    *,
    profile: Profile | None = None,
) -> RunResult:
    return run_virtual(run_simulated(model, functions=numbers, profile=profile, secured=True))


@pytest.fixture(scope="module")
def whole() -> RunResult:
    """Every security case at a lawful station."""
    return played()


def outcomes(result: RunResult, number: int) -> dict[str, Outcome]:
    return {
        each.check.id: each.verdict.outcome
        for each in result.judgement.checks()
        if each.check in case_of(number).checks
    }


def test_a_lawful_station_passes_every_case_without_a_finding(whole: RunResult) -> None:
    checks = [each for each in whole.judgement.checks() if each.check.id.startswith("TC_")]
    assert {each.check.id for each in checks if each.verdict.outcome not in GOOD} == set()
    assert all(each.verdict.evidence for each in checks)
    assert findings_in(whole.trace) == ()
    assert whole.station.crashes == []


def test_a_lawful_station_fails_nothing_wherever_its_record_breaks_off(whole: RunResult) -> None:
    """What a station has not done yet is open until its window is over."""
    first = next(each.n for each in whole.trace.of(StepChanged) if each.function in numbers_of("security"))
    for last in range(first, len(whole.record_lines)):
        trace = load_trace(whole.record_lines[:last])
        for number in (73, 78, 83):
            for each in judge_function(case_of(number), trace).criteria[0].checks:
                assert each.verdict.outcome not in (Outcome.FAIL, Outcome.TOOL_ERROR), (last, each)


def test_no_password_and_no_key_is_in_the_record(whole: RunResult) -> None:
    text = "\n".join(whole.record_lines)
    password = whole.station.configuration.text("AuthorizationKey")
    assert password != FIRST_PASSWORD
    for secret in (FIRST_PASSWORD, password, bytes.fromhex(password).hex(), "PRIVATE KEY"):
        assert secret.lower() not in text.lower()


def test_the_group_stands_apart_from_the_document(whole: RunResult) -> None:
    report = build_report(whole.trace, record_sha256="", judged_at=None, tool_version="test")
    assert {criterion.verdict for criterion in report.criteria()} == {Outcome.NOT_RUN}
    (group,) = report.further
    assert (group.id, group.verdict) == ("security", report.outcome)
    assert [case.name for case in group.cases] == [case.label for case in SECURITY.cases]
    assert {check.id for check in report.checks()} >= {"1.1a", "TC_073a", "TC_088b"}
    assert msgspec.json.decode(msgspec.json.encode(report))["further"][0]["cases"][0]["label"] == "TC_073"


def test_a_record_of_the_functions_alone_has_no_further_group() -> None:
    result = played("lawful", (15,))
    assert result.judgement.further == ()
    assert len(result.judgement.functions) == len(FUNCTIONS.cases)


def test_the_functions_come_first_and_the_profile_last() -> None:
    order = play_order(numbers_of("all"))
    assert set(order[: len(FUNCTIONS.cases)]) == set(numbers_of("functions"))
    assert order[-4:] == [78, 86, 83, 87]
    assert (named([3, 14]), named([73])) == ("Function 3, 14", "TC_073")


def test_a_station_without_the_extension_fails_nothing() -> None:
    result = played("lawful")
    found = {each.check.id: each.verdict for each in result.judgement.checks() if each.check.id > "TC"}
    assert {verdict.outcome for verdict in found.values()} <= {Outcome.PASS, Outcome.NOT_APPLICABLE}
    assert all(verdict.evidence for verdict in found.values())
    assert found["TC_088a"].outcome is found["TC_088b"].outcome is Outcome.PASS


def test_without_the_operators_word_the_profile_is_not_touched() -> None:
    stated = msgspec.structs.replace(profile_for(load_model("secure")), may_raise_security_profile=False)
    result = played(numbers=(83, 84), profile=stated)
    for number in (83, 84):
        assert set(outcomes(result, number).values()) <= {Outcome.NOT_RUN, Outcome.NOT_APPLICABLE}
    assert NOT_ALLOWED in result.judgement.check("TC_083a").reason
    written = result.trace.exchanges(ChangeConfiguration, where=lambda one: one.key == KEY)
    assert written == []


def test_without_a_certificate_of_ours_the_profile_is_not_raised_to_3() -> None:
    result = played(numbers=(83,))
    assert result.judgement.check("TC_083a").outcome is Outcome.NOT_RUN
    assert "TC_074" in result.judgement.check("TC_083a").reason


def test_a_station_without_tls_climbs_one_step() -> None:
    class Unsecured(SimulatedStation):
        pass

    model = load_model("secure").with_key("SecurityProfile", value="1")
    result = run_virtual(run_simulated(Unsecured, model=model, functions=(83,), secured=True))
    assert set(outcomes(result, 83).values()) == {Outcome.PASS}
    profiles = [shake.security.profile for shake in result.trace.of(HandshakeSeen) if shake.security]
    assert profiles == sorted(profiles)
    assert profiles[-1] == 2


def test_a_stop_leaves_the_central_system_as_it_was() -> None:
    """The server certificate is the right one again, and handshakes are answered as they deserve."""

    def stop_when_shown(run: Run) -> None:
        def on_entry(entry: object) -> None:
            if isinstance(entry, StepChanged) and entry.parameters.get("shown") == "wrong name":
                run.stop()

        run.recorder.watch(on_entry)

    result = run_virtual(run_simulated("secure", functions=(85, 78), secured=True, on_run=stop_when_shown))
    assert result.trace.tail is not None
    assert result.trace.tail.outcome == "stopped"
    (shown,) = [
        span
        for span in result.trace.steps(SHOW_BAD_CERTIFICATE)
        if span.parameters.get("shown") == "wrong name"
    ]
    back = [shake for shake in result.trace.after(shown.began.n).of(HandshakeSeen) if shake.charge_point_id]
    assert [shake.outcome for shake in back] == ["accepted"]
    assert result.trace.steps("restoration")[0].phase == "ended"
    sanity = result.trace.during(result.trace.steps("sanity")[-1]).exchanges(GetConfiguration)
    assert [each.answer is not None for each in sanity] == [True]

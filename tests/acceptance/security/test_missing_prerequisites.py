"""TC_084 at stations that lack something for a higher profile: asked with care, and everything put back."""

import msgspec

from chargeproof.acceptance.profile import Profile
from chargeproof.acceptance.security.prerequisite_scenes import NOT_STATED, WITHOUT_CERTIFICATE, WITHOUT_ROOT
from chargeproof.acceptance.verdict import Outcome
from chargeproof.ocpp import ChangeConfiguration, ChangeConfigurationConf, GetConfiguration
from chargeproof.ocpp.security import DeleteCertificate
from chargeproof.ocpp.security_enums import CertificateUse
from chargeproof.simulator.certificate_store import IDENTITY
from chargeproof.simulator.model import StationModel, load_model
from chargeproof.simulator.station import SimulatedStation
from chargeproof.testbed.papers import OwnRoot
from chargeproof.testbed.runner import Run
from chargeproof.testbed.security_bench import bench_authority
from chargeproof.testbed.simulated import RunResult, profile_for, run_simulated
from chargeproof.testing.virtual_time import VIRTUAL_EPOCH, run_virtual
from chargeproof.trace import CommandChanged

ROOT = CertificateUse.CENTRAL_SYSTEM_ROOT
IN_PROFILE_1 = load_model("secure").with_key("SecurityProfile", value="1")


def played(
    model: StationModel = IN_PROFILE_1,
    *,
    station: type[SimulatedStation] = SimulatedStation,
    profile: Profile | None = None,
) -> RunResult:
    return run_virtual(run_simulated(station, model=model, functions=(84,), profile=profile, secured=True))


def roots_of(result: RunResult) -> list[str]:
    return [root.subject.rfc4514_string() for root in result.station.secured().certificates.roots(ROOT)]


def test_our_root_is_taken_away_for_the_question_and_put_back() -> None:
    result = played()
    for check in ("TC_084a", "TC_084b", "TC_084c", "TC_084d", "TC_084e", "TC_084f"):
        assert result.judgement.check(check).outcome is Outcome.PASS, check
    asked = [each.request.value for each in result.trace.exchanges(ChangeConfiguration)]
    assert asked == ["2", "3", "1", "0"]
    assert len(roots_of(result)) == 1


def test_a_root_on_which_the_connection_rests_stays() -> None:
    result = played(load_model("secure"))
    verdict = result.judgement.check("TC_084e")
    assert (verdict.outcome, bool(verdict.evidence)) == (Outcome.NOT_APPLICABLE, True)
    assert result.trace.exchanges(DeleteCertificate) == []
    assert result.judgement.check("TC_084f").outcome is Outcome.PASS


def test_a_root_that_is_not_ours_stays() -> None:
    security = IN_PROFILE_1.security
    assert security is not None
    theirs = OwnRoot("another operator", VIRTUAL_EPOCH).root_pem()
    result = played(
        msgspec.structs.replace(
            IN_PROFILE_1, security=msgspec.structs.replace(security, central_system_roots=(theirs,))
        )
    )
    verdict = result.judgement.check("TC_084e")
    assert (verdict.outcome, "not ours" in verdict.reason) == (Outcome.NOT_RUN, True)
    assert result.trace.exchanges(DeleteCertificate) == []
    assert len(roots_of(result)) == 2


def test_a_stop_in_between_leaves_the_root_installed() -> None:
    def stop_when_gone(run: Run) -> None:
        def on_entry(entry: object) -> None:
            if isinstance(entry, CommandChanged) and (entry.action, entry.state) == (
                "DeleteCertificate",
                "accepted",
            ):
                run.stop()

        run.recorder.watch(on_entry)

    result = run_virtual(
        run_simulated(
            SimulatedStation, model=IN_PROFILE_1, functions=(84,), secured=True, on_run=stop_when_gone
        )
    )
    assert result.trace.tail is not None
    assert result.trace.tail.outcome == "stopped"
    assert result.trace.steps(WITHOUT_ROOT) == []
    assert len(roots_of(result)) == 1


def test_profile_3_is_not_asked_for_where_nobody_says_that_there_is_no_certificate() -> None:
    stated = msgspec.structs.replace(profile_for(IN_PROFILE_1), without_certificate=False)
    result = played(profile=stated)
    verdict = result.judgement.check("TC_084f")
    assert (verdict.outcome, verdict.reason) == (Outcome.NOT_RUN, NOT_STATED)
    assert result.trace.steps(WITHOUT_CERTIFICATE) == []


def test_a_certificate_that_the_operator_did_not_know_of_is_no_fail() -> None:
    class FromTheFactory(SimulatedStation):
        async def power_on(self) -> None:
            chain, key = bench_authority(VIRTUAL_EPOCH).identity(self.charge_point_id)
            self.memory[IDENTITY] = {"chain": chain, "key": key}
            await super().power_on()

    verdict = played(load_model("secure"), station=FromTheFactory).judgement.check("TC_084f")
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert "against what the profile of the model states" in verdict.reason


def test_a_station_that_takes_a_profile_without_a_root_gets_one_at_once() -> None:
    class Takes(SimulatedStation):
        def answer_change_configuration(self, request: ChangeConfiguration) -> ChangeConfigurationConf | None:
            if request.key != "SecurityProfile":
                return super().answer_change_configuration(request)
            self.secured().may_use_profile = lambda profile: profile == 2  # type: ignore[method-assign]
            return super().answer_change_configuration(request)

    result = played(station=Takes)
    assert result.judgement.check("TC_084e").outcome is Outcome.FAIL
    sanity = result.trace.during(result.trace.steps("sanity")[-1]).exchanges(GetConfiguration)
    assert [each.answer is not None for each in sanity] == [True]
    assert result.station.secured().profile == 2
    assert len(roots_of(result)) == 1

"""TC_078 at stations with AdditionalRootCertificateCheck: what may follow the root that they trust."""

import msgspec
import pytest

from chargeproof.acceptance.security.replacement_scenes import CONNECT_UNDER_IT, OFFER_ROOT
from chargeproof.acceptance.verdict import Outcome
from chargeproof.ocpp.security import InstallCertificate
from chargeproof.ocpp.security_enums import CertificateUse
from chargeproof.simulator.certificate_store import pem_of
from chargeproof.simulator.model import StationModel, load_model
from chargeproof.simulator.mutants.registry import find_mutant
from chargeproof.simulator.station import SimulatedStation
from chargeproof.testbed.papers import OwnRoot
from chargeproof.testbed.security_bench import bench_authority
from chargeproof.testbed.simulated import RunResult, run_simulated
from chargeproof.testing.virtual_time import VIRTUAL_EPOCH, run_virtual
from chargeproof.trace import HandshakeSeen

CENTRAL = CertificateUse.CENTRAL_SYSTEM_ROOT
CHECKS = load_model("secure").with_key("AdditionalRootCertificateCheck", value="true")


def played(
    model: StationModel = CHECKS,
    *,
    functions: tuple[int, ...] = (78,),
    station: type[SimulatedStation] = SimulatedStation,
) -> RunResult:
    return run_virtual(run_simulated(station, model=model, functions=functions, secured=True))


def outcomes(result: RunResult) -> list[Outcome]:
    return [result.judgement.check(f"TC_078{letter}").outcome for letter in "abcde"]


def trusts_ours_alone(result: RunResult) -> bool:
    roots = result.station.secured().certificates.roots(CENTRAL)
    return list(map(pem_of, roots)) == [bench_authority(VIRTUAL_EPOCH).root_pem()]


def test_a_station_that_checks_passes_and_has_its_root_again_afterwards() -> None:
    result = played()
    assert outcomes(result) == [Outcome.PASS] * 5
    assert trusts_ours_alone(result)
    steps = [str(span.parameters["offered"]) for span in result.trace.steps(OFFER_ROOT)]
    assert steps == ["stranger", "look-alike", "signed", "signed"]


def test_without_tls_no_connection_shows_that_a_new_root_is_used() -> None:
    result = played(CHECKS.with_key("SecurityProfile", value="1"))
    *_, kept_out, taken, gone = outcomes(result)
    assert (kept_out, taken, gone) == (Outcome.PASS, Outcome.PASS, Outcome.NOT_APPLICABLE)
    assert trusts_ours_alone(result)


def test_a_station_that_does_not_check_is_offered_nothing() -> None:
    result = played(load_model("secure"))
    assert outcomes(result)[2:] == [Outcome.NOT_APPLICABLE] * 3
    assert result.judgement.check("TC_078c").reason == "AdditionalRootCertificateCheck is false"
    assert result.judgement.check("TC_078c").evidence
    assert result.trace.exchanges(InstallCertificate) == []


def test_a_root_of_somebody_else_is_never_put_at_risk() -> None:
    """Neither here nor by TC_075, which installs roots that nobody signed."""
    security = CHECKS.security
    assert security is not None
    theirs = OwnRoot("another operator", VIRTUAL_EPOCH).root_pem()
    security = msgspec.structs.replace(security, central_system_roots=(theirs,))
    result = played(msgspec.structs.replace(CHECKS, security=security), functions=(75, 78))
    assert outcomes(result)[2:] == [Outcome.NOT_RUN] * 3
    assert "could it be put back" in result.judgement.check("TC_078c").reason
    uses = {each.request.certificate_type for each in result.trace.exchanges(InstallCertificate)}
    assert uses == {CertificateUse.MANUFACTURER_ROOT}


@pytest.mark.parametrize(
    "name", ["any_root_replaces", "root_known_by_its_name", "rejected_root_empties_the_store"]
)
def test_what_a_station_must_not_take_is_put_right_before_it_connects_anew(name: str) -> None:
    mutant = find_mutant(name)
    assert isinstance(mutant.model, StationModel)
    result = played(mutant.model, station=mutant.station)
    assert outcomes(result)[2] is Outcome.FAIL
    offered = result.trace.steps(OFFER_ROOT)
    (again,) = result.trace.steps(CONNECT_UNDER_IT)
    between = result.trace.after(offered[0].began.n).until(again.began.n)
    assert between.of(HandshakeSeen) == []
    assert trusts_ours_alone(result)

"""The certificate, log and firmware cases: each by itself, cleaned up after, whatever the station."""

import base64
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chargeproof.acceptance.judge import CheckResult, judge_function
from chargeproof.acceptance.profile import Profile
from chargeproof.acceptance.quantifiers import theirs
from chargeproof.acceptance.script import case_of
from chargeproof.acceptance.security.certificate_scenes import DELETE_ROOTS, TRUST_AUTHORITY
from chargeproof.acceptance.security.certificates_in_record import (
    is_about,
    organizations,
    read_chain,
    read_request,
    right_hashes,
    what_differs,
)
from chargeproof.acceptance.verdict import Outcome
from chargeproof.ocpp.security import (
    CertificateHashData,
    InstallCertificate,
    InstallCertificateConf,
    SignCertificate,
)
from chargeproof.ocpp.security_enums import HashAlgorithm, InstallCertificateStatus
from chargeproof.simulator.certificate_store import ROOTS
from chargeproof.simulator.certificates import hash_data
from chargeproof.simulator.model import SecurityModel, load_model
from chargeproof.simulator.mutants.s074_certificate_renewed import WITH_CERTIFICATE
from chargeproof.simulator.mutants.s077_bad_station_certificate import (
    TakesCertificateForAnotherName,
    TakesCertificateOfAStranger,
    TakesExpiredCertificate,
)
from chargeproof.simulator.station import SimulatedStation
from chargeproof.testbed.log_times import times_in
from chargeproof.testbed.runner import Run
from chargeproof.testbed.simulated import FIRMWARE, RunResult, run_simulated
from chargeproof.testing.virtual_time import run_virtual
from chargeproof.trace import Frame, HandshakeSeen, StepChanged, Trace
from tests.simulator.certificates_for_tests import root

CASES = (74, 75, 76, 77, 79, 80, 81)
GOOD = (Outcome.PASS, Outcome.NOT_APPLICABLE)


def play(number: int, station: Any = SimulatedStation, model: Any = "secure", **how: Any) -> RunResult:
    result = run_virtual(run_simulated(station, model=model, functions=(number,), secured=True, **how))
    assert result.station.crashes == []
    return result


def checks_of(result: RunResult, number: int) -> list[CheckResult]:
    own = {check.id for check in case_of(number).checks}
    return [each for each in result.judgement.checks() if each.check.id in own]


def bad(result: RunResult, number: int) -> dict[str, str]:
    return {
        each.check.id: each.verdict.reason
        for each in checks_of(result, number)
        if each.verdict.outcome not in GOOD
    }


def roots_kept(result: RunResult) -> int:
    return sum(len(pems) for pems in result.station.memory[ROOTS].values())


FACTORY_ROOTS = 2  # the bench gives a station one for each use


@pytest.mark.parametrize("number", CASES)
@pytest.mark.parametrize("profile", ["2", "3"])
def test_each_case_is_passed_by_itself_and_leaves_nothing_installed(number: int, profile: str) -> None:
    result = play(number, model=load_model("secure").with_key("SecurityProfile", value=profile))
    assert bad(result, number) == {}
    assert roots_kept(result) == FACTORY_ROOTS


@pytest.mark.parametrize("number", CASES)
def test_a_station_without_the_extension_is_asked_for_nothing(number: int) -> None:
    for each in checks_of(play(number, model="lawful"), number):
        assert each.verdict.outcome is Outcome.NOT_APPLICABLE, each
        assert each.verdict.evidence


@pytest.mark.parametrize("profile", ["2", "3"])
def test_a_record_that_breaks_off_anywhere_condemns_no_lawful_station(profile: str) -> None:
    model = load_model("secure").with_key("SecurityProfile", value=profile)
    entries = run_virtual(run_simulated(model, functions=CASES, secured=True)).trace.entries
    for end in range(1, len(entries), 11):
        trace = Trace(entries[:end])
        for number in CASES:
            outcome = judge_function(case_of(number), trace).outcome
            assert outcome not in (Outcome.FAIL, Outcome.TOOL_ERROR), (number, end)


@pytest.mark.parametrize("number", [74, 77])
def test_a_station_of_no_operator_yet_gets_one_for_the_case(number: int) -> None:
    result = play(number, model=load_model("secure").with_key("CpoName", value=""))
    assert bad(result, number) == {}
    (first, *_) = theirs(result.trace, SignCertificate)
    request = read_request(first.request.csr)
    assert request is not None
    assert organizations(request) == ["chargeproof"]
    assert result.station.configuration.text("CpoName") == ""


WEIRD: tuple[Any, ...] = (
    None,
    {},
    [],
    "x",
    "",
    -1,
    10**30,
    1.5,
    True,
    ["x", None],
    "-----BEGIN CERTIFICATE-----",
)


def places_in(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield place
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from places_in(value[key], (*place, key))


def with_put(value: Any, place: tuple[Any, ...], new: Any) -> Any:
    if not place:
        return new
    changed = value.copy()
    changed[place[0]] = with_put(value[place[0]], place[1:], new)
    return changed


def test_no_check_breaks_over_what_stands_in_the_frames() -> None:
    entries = run_virtual(run_simulated("secure", functions=CASES, secured=True)).trace.entries
    frames = [n for n, entry in enumerate(entries) if isinstance(entry, Frame)]
    chance = random.Random(1)
    for _ in range(40):
        spoiled = list(entries)
        for n in chance.sample(frames, 10):
            frame = spoiled[n]
            assert isinstance(frame, Frame)
            message = json.loads(frame.text or "")
            place = chance.choice([each for each in places_in(message) if each])
            text = json.dumps(with_put(message, place, chance.choice(WEIRD)))
            spoiled[n] = msgspec.structs.replace(frame, text=text)
        trace = Trace(spoiled)
        for number in CASES:
            for criterion in judge_function(case_of(number), trace).criteria:
                broken = [each for each in criterion.checks if each.verdict.outcome is Outcome.TOOL_ERROR]
                assert broken == []


class TrustsNobody(SimulatedStation):
    """Comes from the factory without a root."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.memory[ROOTS] = {}


@pytest.mark.parametrize("number", CASES)
def test_a_station_that_trusts_nobody_yet_is_lent_what_it_needs(number: int) -> None:
    model = load_model("secure").with_key("SecurityProfile", value="1")
    result = play(number, TrustsNobody, model)
    assert bad(result, number) == {}
    assert roots_kept(result) == 0


@pytest.mark.parametrize(("number", "step"), [(75, DELETE_ROOTS), (77, TRUST_AUTHORITY)])
def test_a_run_that_is_stopped_takes_its_roots_away(number: int, step: str) -> None:
    def stop_at(run: Run) -> None:
        def look(entry: Any) -> None:
            if isinstance(entry, StepChanged) and entry.step == step and entry.phase in ("began", "ended"):
                run.stop()
                unwatch()

        unwatch: Callable[[], None] = run.recorder.watch(look)

    model = load_model("secure").with_key("SecurityProfile", value="1")
    result = play(number, TrustsNobody, model, on_run=stop_at)
    assert result.trace.tail is not None
    assert result.trace.tail.outcome == "stopped"
    assert roots_kept(result) == 0


@pytest.mark.parametrize(
    "station", [TakesCertificateForAnotherName, TakesCertificateOfAStranger, TakesExpiredCertificate]
)
def test_who_takes_a_bad_certificate_is_not_locked_out_by_the_test(station: type[SimulatedStation]) -> None:
    result = play(77, station, WITH_CERTIFICATE)
    assert result.judgement.failed() == ["TC_077a"]
    last = result.trace.of(HandshakeSeen)[-1]
    assert (last.outcome, last.security and last.security.profile) == ("accepted", 3)


class KnowsOneMaker(SimulatedStation):
    """Trusts the manufacturer's root that its factory gave it, and takes no other."""

    def answer_install_certificate(self, request: InstallCertificate) -> InstallCertificateConf | None:
        return InstallCertificateConf(status=InstallCertificateStatus.FAILED)


@pytest.mark.parametrize("raw", [False, True], ids=["base64", "bytes"])
def test_the_makers_own_signature_is_used_where_it_lies_beside_the_file(tmp_path: Path, *, raw: bool) -> None:
    signer = root("Maker").leaf("Signer")
    (tmp_path / "new.bin").write_bytes(FIRMWARE)
    signature = signer.signature(FIRMWARE)
    (tmp_path / "new.bin.sig").write_bytes(base64.b64decode(signature) if raw else signature.encode())
    (tmp_path / "new.bin.pem").write_text(signer.pem)

    def beside_the_profile(run: Run) -> None:
        run.station.firmware_folder = tmp_path

    factory = msgspec.structs.replace(
        load_model("secure"), security=SecurityModel(manufacturer_roots=(root("Maker").pem,))
    )
    profile = Profile(firmware_file="new.bin", firmware_version="9.9.1")
    for number in (80, 81):
        result = play(number, KnowsOneMaker, factory, profile=profile, on_run=beside_the_profile)
        assert bad(result, number) == {}


# ── hashes ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("algorithm", list(HashAlgorithm))
def test_the_judge_and_the_simulator_make_the_same_hashes_in_two_ways(algorithm: HashAlgorithm) -> None:
    (certificate,) = read_chain(root().pem)
    assert right_hashes(certificate, algorithm) == hash_data(certificate, certificate, algorithm)


def test_what_is_wrong_with_hashes_is_named() -> None:
    (certificate,) = read_chain(root().pem)
    right = right_hashes(certificate, HashAlgorithm.SHA256)

    def changed(**members: str) -> CertificateHashData:
        return CertificateHashData(
            **{name: getattr(right, name) for name in right.__struct_fields__} | members
        )

    capitals = changed(
        issuer_name_hash=right.issuer_name_hash.upper(), serial_number=f"00{right.serial_number}"
    )
    assert what_differs(capitals, certificate) == []
    assert what_differs(changed(issuer_key_hash="00"), certificate) == ["issuerKeyHash"]
    assert is_about(changed(serial_number="1"), certificate)
    assert not is_about(changed(serial_number="1", issuer_key_hash="00"), certificate)


# ── times in logs ────────────────────────────────────────────────────────────────────────────────────


def test_the_time_at_the_head_of_each_line_is_read() -> None:
    log = (
        b"2026-11-23T12:00:00Z StartupOfTheDevice\n"
        b"<134>1 2026-11-23T13:00:01.250+01:00 box ocpp - SettingSystemTime from 2020-01-01T00:00:00Z\n"
        b"no time at all\n"
        b"[2026-11-23 12:00:02] ResetOrReboot\r\n"
        b"this line tells at some length of 2019-01-01T00:00:00Z\n"
    )
    assert [time.isoformat() for time in times_in(log)] == [
        "2026-11-23T12:00:00+00:00",
        "2026-11-23T13:00:01.250000+01:00",
        "2026-11-23T12:00:02+00:00",
    ]


@pytest.mark.parametrize("log", [b"", b"\x00\xff" * 1000, b"2026-99-99T99:99:99Z\n", b"9" * 100_000])
def test_what_is_no_text_with_times_has_none(log: bytes) -> None:
    assert times_in(log) == []

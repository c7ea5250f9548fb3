"""The fuzz run: it repeats itself, it leaves a sound central system unharmed, and it finds what is broken."""

import asyncio
import gc
import random
import threading
import tracemalloc
from typing import Any

import pytest

from chargeproof.central_system.charge_point import ChargePoint
from chargeproof.central_system.handlers import HANDLERS
from chargeproof.cli import run as run_program
from chargeproof.ocpp import ErrorCode, read_confirmation, read_request
from chargeproof.testbed.fuzz import FuzzRun, Plan, Progress, Report
from chargeproof.testbed.fuzz_frames import COMMANDS, MESSAGES, FrameSource
from chargeproof.testbed.fuzz_payloads import lawful_payload, spoiled_payload
from chargeproof.testbed.fuzz_stations import Finding
from chargeproof.testbed.process_memory import resident_bytes
from chargeproof.testbed.stall_watch import StallWatch
from chargeproof.testing.virtual_time import run_virtual

MEGABYTE = 1_000_000


def fuzzed(frames: int, seed: int = 1) -> Report:
    return run_virtual(FuzzRun(Plan(seed=seed, frames=frames, stations=2)).run())


def kinds(report: Report) -> set[str]:
    return {finding.what for finding in report.findings}


def test_a_sound_central_system_lives_through_it() -> None:
    report = fuzzed(3000)
    assert report.findings == ()
    assert report.frames >= 3000
    assert report.answers > 2000
    assert report.probes >= 1
    assert sum(report.commands.values()) > 0


def test_it_works_over_sockets_too() -> None:
    report = asyncio.run(FuzzRun(Plan(seed=3, frames=800, stations=2, over_socket=True)).run())
    assert report.findings == ()
    assert report.frames >= 800


def test_it_ends_when_the_minutes_are_over() -> None:
    report = run_virtual(FuzzRun(Plan(seed=1, minutes=0.002, stations=1)).run())
    assert report.seconds < 30
    assert report.frames > 0


def test_the_memory_of_the_central_system_stays_bounded() -> None:
    sizes: list[int] = []

    def measure(progress: Progress) -> None:
        if progress.frames // 2000 > len(sizes):
            gc.collect()
            sizes.append(tracemalloc.get_traced_memory()[0])

    tracemalloc.start()
    try:
        report = run_virtual(FuzzRun(Plan(seed=5, frames=8100, stations=2), measure).run())
    finally:
        tracemalloc.stop()
    assert report.findings == ()
    assert len(sizes) == 4
    assert sizes[-1] - sizes[1] < MEGABYTE


@pytest.mark.parametrize("seed", [0, 7])
def test_the_same_seed_sends_the_same(seed: int) -> None:
    def texts() -> list[Any]:
        source = FrameSource(random.Random(seed), longest=10_000)
        return [source.next() for _ in range(400)]

    assert texts() == texts()


@pytest.mark.parametrize("kind", [*MESSAGES, *COMMANDS], ids=lambda kind: str(kind.action))
def test_a_lawful_payload_is_lawful_and_a_spoiled_one_mostly_not(kind: Any) -> None:
    dice = random.Random(1)
    spoiled = 0
    for _ in range(60):
        payload = lawful_payload(kind, dice)
        assert read_request(kind.action, payload).deviations == ()
        assert read_confirmation(kind.action, lawful_payload(kind.conf, dice)).deviations == ()
        spoiled += bool(read_request(kind.action, spoiled_payload(payload, dice)).deviations)
    assert spoiled > 30


# ── what is broken is found ──────────────────────────────────────────────────────────────────────────


def test_an_exception_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(_call: Any) -> Any:
        raise ZeroDivisionError("planted")

    monkeypatch.setitem(HANDLERS, "MeterValues", broken)
    report = fuzzed(500)
    assert "exception" in kinds(report)
    assert any("planted" in finding.detail for finding in report.findings)


def test_a_message_without_an_answer_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    lawful = ChargePoint._answer

    def forgetful(self: ChargePoint, call: Any, event: Any, confirmation: Any) -> None:
        if event.action != "StartTransaction":
            lawful(self, call, event, confirmation)

    monkeypatch.setattr(ChargePoint, "_answer", forgetful)
    report = fuzzed(500)
    assert "unanswered" in kinds(report)
    assert any("StartTransaction" in text for finding in report.findings for text in finding.texts)


def test_a_callerror_to_a_transaction_message_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    lawful = ChargePoint._answer

    def harsh(self: ChargePoint, call: Any, event: Any, confirmation: Any) -> None:
        if event.action == "StopTransaction":
            self._answer_error(event, call.received_at, ErrorCode.INTERNAL_ERROR, "", call)
        else:
            lawful(self, call, event, confirmation)

    monkeypatch.setattr(ChargePoint, "_answer", harsh)
    assert "CALLERROR to a transaction's message" in kinds(fuzzed(500))


def test_a_socket_that_is_closed_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    lawful = ChargePoint._malformed

    def irritable(self: ChargePoint, event: Any) -> None:
        lawful(self, event)
        self.close(1002, "no frame")

    monkeypatch.setattr(ChargePoint, "_malformed", irritable)
    assert "closed" in kinds(fuzzed(500))


def test_a_central_system_that_falls_silent_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    lawful = ChargePoint.received
    deaf_ones: set[int] = set()

    def deaf(self: ChargePoint, text: str | bytes) -> None:
        if len(text) > 2000:
            deaf_ones.add(self.station.connection)
        if self.station.connection not in deaf_ones:
            lawful(self, text)

    monkeypatch.setattr(ChargePoint, "received", deaf)
    assert "hang" in kinds(fuzzed(3000))


def test_growth_is_judged_from_the_second_quarter_to_the_last() -> None:
    def report(*megabytes: int, frames: int = 200_000) -> Report:
        return Report(
            plan=Plan(seed=1),
            frames=frames,
            answers=0,
            sockets=0,
            seconds=1,
            commands={},
            probes=0,
            memory=tuple(size * MEGABYTE for size in megabytes),
            findings=(),
        )

    assert report(10, 90, 100, 100, 100, 100, 100, 101).growth_bytes == 500_000
    assert report(10, 20, 30, 40, 50, 60, 70, 80).growth_bytes == 40 * MEGABYTE
    assert report(1, 2, 3, 4, frames=500).growth_bytes is None


def test_a_stall_is_told_with_the_stack() -> None:
    told: list[str] = []
    stalled = threading.Event()

    def on_stall(stack: str) -> None:
        told.append(stack)
        stalled.set()

    with StallWatch(0.05, on_stall) as watch:
        watch.beat()
        assert stalled.wait(60)
    assert "test_a_stall_is_told_with_the_stack" in told[0]


def test_the_memory_of_this_process_is_known() -> None:
    assert resident_bytes() > MEGABYTE


# ── the command ──────────────────────────────────────────────────────────────────────────────────────


def test_the_command_prints_its_seed_and_what_it_did(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_program(["fuzz", "--frames", "300", "--seed", "11"]) == 0
    shown = capsys.readouterr().out
    assert "seed      11" in shown
    assert "✓ nothing broke" in shown


def test_the_command_shows_what_broke_and_how_to_repeat_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(run: FuzzRun) -> Report:
        run._report(Finding("unanswered", "one answer under the id 1", ('[2,"1","\x07"]',)))
        return run._concluded([])

    monkeypatch.setattr(FuzzRun, "run", broken)
    assert run_program(["fuzz", "--seed", "12", "--minutes", "1"]) == 1
    shown = capsys.readouterr().out
    assert "✕ unanswered: one answer under the id 1" in shown
    assert "\\x07" in shown
    assert "chargeproof fuzz --seed 12 sends the same again" in shown

"""Security cases over real sockets: `accept` as it is, with TLS, a station with a password, and a faster clock."""

from pathlib import Path

from chargeproof.acceptance.report import Report
from chargeproof.acceptance.verdict import Outcome
from chargeproof.cli.serving import serving
from chargeproof.clock import LoopClock
from chargeproof.settings import Settings
from chargeproof.testbed.run_state import StartRun
from chargeproof.trace import HandshakeSeen, load_trace
from tests.quiet_time import run

CASES = (73, 74, 78, 83, 85, 86, 87, 88)
SPEED = 40.0


async def _played(data: Path) -> tuple[Report, Path]:
    settings = Settings(
        data=str(data), host="127.0.0.1", ocpp_port=0, ocpp_tls_port=0, web_port=0, ftp_port=0
    )
    async with serving(settings, LoopClock()) as served:
        start = StartRun(charge_point_id="SECURE-1", site="simulated", model="secure", functions=CASES)
        state = await served.runs.start(start)
        while state.phase != "ended":
            state = await served.runs.changed(state.id, state.revision, 3600)
        return served.runs.report(state.id), served.runs.folder_of(state.id)


def test_the_connection_cases_pass_over_tls(tmp_path: Path) -> None:
    report, folder = run(_played(tmp_path), SPEED)
    (group,) = report.further
    told = {case.name: case.verdict for case in group.cases if case.number in CASES}
    assert set(told.values()) <= {Outcome.PASS, Outcome.PASS_WITH_REMARK}, told
    trace = load_trace((folder / "record.jsonl").read_text(encoding="utf-8").splitlines())
    shakes = [shake for shake in trace.of(HandshakeSeen) if shake.outcome == "accepted"]
    profiles = [shake.security.profile for shake in shakes if shake.security is not None]
    assert (profiles[0], profiles[-1]) == (2, 3)
    assert {shake.security.protocol for shake in shakes if shake.security} == {"TLSv1.3"}
    refused = [shake for shake in trace.of(HandshakeSeen) if not shake.charge_point_id]
    assert refused  # the wrong server certificates, each refused within the TLS handshake
    assert "PRIVATE KEY" not in (folder / "record.jsonl").read_text(encoding="utf-8")

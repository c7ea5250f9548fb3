"""A report with every kind of verdict in it, on the sample record; for what shows reports."""

import msgspec

from chargeproof.acceptance.report import build_report
from chargeproof.acceptance.report_schema import CheckReport, CriterionReport, FunctionReport, Report
from chargeproof.acceptance.result_cell import result_cell
from chargeproof.acceptance.script import SCRIPT
from chargeproof.acceptance.verdict import Outcome, join_remarks, worst
from chargeproof.trace import Frame, Trace
from tests.acceptance.sample_record import sample_trace

SHA256 = "3b1f" * 16

# criterion: (verdict, reason, remark, expected, seen) of its checks
_VERDICTS: dict[str, list[tuple[Outcome, str, str, str, str]]] = {
    "1.1": [
        (Outcome.PASS, "a BootNotification with content came after the boot", "", "", ""),
        (Outcome.NOT_APPLICABLE, "ICCID not included, charger connected via LAN", "", "", ""),
    ],
    "4.1": [(Outcome.PASS, "178 keys were listed", "Configuration (178)", "", "")],
    "5.1": [(Outcome.PASS, "9 keys were written and read back", "HeartbeatInterval edited", "", "")],
    "8.2": [
        (Outcome.PASS, "MeterValues came every 30.1 s, then every 60.1 s", "", "", ""),
        (
            Outcome.FAIL,
            "voltage and power never came",
            "",
            "Voltage, Current.Import and Power.Active.Import in every sample",
            "Current.Import on L1, L2, L3 only",
        ),
    ],
    "10.1": [
        (
            Outcome.INCONCLUSIVE,
            "no error was reported, but the socket was not open throughout",
            "",
            "an error",
            "",
        )
    ],
    "12.1": [(Outcome.NOT_RUN, "no firmware file was received from the manufacturer", "", "", "")],
    "14.1": [
        (Outcome.PASS, "StopTransaction of the outage came 12 s after the line was back", "", "", ""),
        (
            Outcome.FAIL,
            "the transaction's MeterValues of the outage never came",
            "",
            "samples every 60 s over the outage of 158 s",
            "start and stop, no MeterValues between",
        ),
    ],
    "15.1": [
        (Outcome.NOT_APPLICABLE, "Rejected, and AuthorizationCacheEnabled is absent: no cache", "", "", "")
    ],
}


def sample_report(trace: Trace | None = None, *, previous: Report | None = None, hostile: str = "") -> Report:
    """The report on the sample record; the same arguments give the same report."""
    trace = trace or sample_trace(hostile=hostile)
    report = build_report(
        trace, record_sha256=SHA256, judged_at="2026-11-23T09:00:00Z", tool_version="0.1.0", previous=previous
    )
    functions = tuple(_function(number, trace, hostile) for number in range(1, 17))
    outcome = worst(function.verdict for function in functions)
    return msgspec.structs.replace(report, functions=functions, outcome=outcome, decided=outcome)


def _function(number: int, trace: Trace, hostile: str) -> FunctionReport:
    case = SCRIPT[number - 1]
    criteria = tuple(_criterion(cid, text, trace, hostile) for cid, text in case.criteria.items())
    verdict = worst(criterion.verdict for criterion in criteria)
    remark = join_remarks(criterion.remark for criterion in criteria)
    return FunctionReport(
        number=number,
        title=case.title,
        verdict=verdict,
        decided=verdict,
        remark=remark,
        result=result_cell(verdict, remark, criteria),
        seconds=12.5 * number,
        criteria=criteria,
    )


def _criterion(criterion_id: str, text: str, trace: Trace, hostile: str) -> CriterionReport:
    frames = [frame.n for frame in trace.of(Frame)]
    first = round(float(criterion_id) * 7) % len(frames)
    told = _VERDICTS.get(criterion_id, [(Outcome.PASS, "it was seen as asked", "", "", "")])
    checks = tuple(
        CheckReport(
            id=f"{criterion_id}{letter}",
            sentence=f"What criterion {criterion_id} asks for is seen in the record",
            verdict=verdict,
            reason=reason + hostile,
            remark=remark,
            clause="S§4.2",
            octt=("TC_001_CS",),
            hands=criterion_id.startswith(("6", "7", "1")),
            expected=expected,
            seen=seen + hostile if seen else "",
            evidence=tuple(frames[first : first + 3]),
        )
        for letter, (verdict, reason, remark, expected, seen) in zip("abcdef", told, strict=False)
    )
    outcome = worst(check.verdict for check in checks)
    remark = join_remarks(
        check.reason if check.verdict is Outcome.NOT_APPLICABLE else check.remark for check in checks
    )
    return CriterionReport(
        id=criterion_id, text=text, verdict=outcome, decided=outcome, remark=remark, checks=checks
    )

"""From a record to the report: everything judged, measured and named, as data for every form."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from chargeproof.acceptance.comparison import compare
from chargeproof.acceptance.figures import figures_of
from chargeproof.acceptance.judge import (
    CheckResult,
    CriterionResult,
    FunctionResult,
    GroupResult,
    judge,
    judge_function,
)
from chargeproof.acceptance.lints import Finding, Sight, findings_in
from chargeproof.acceptance.log_lines import LogLines
from chargeproof.acceptance.parts import Parts, Play
from chargeproof.acceptance.profile import profile_of
from chargeproof.acceptance.redaction import Redactor, redactor_of
from chargeproof.acceptance.report_header import environment_of, header_fields, station_facts
from chargeproof.acceptance.report_schema import (
    ActReport,
    CheckReport,
    CriterionReport,
    FunctionReport,
    GroupReport,
    Judging,
    LintReport,
    OtherPlay,
    Overruling,
    PartReport,
    People,
    Report,
    Sighting,
    StationCare,
    load_report,
)
from chargeproof.acceptance.restoration import preparation_of, restoration_of
from chargeproof.acceptance.result_cell import result_cell
from chargeproof.acceptance.self_proof import shipped_proof
from chargeproof.acceptance.verdict import Outcome, join_remarks, worst
from chargeproof.trace import ActSpan, Trace

__all__ = ["Overruling", "Report", "build_report", "compare", "load_report"]

_SIGHTINGS_SHOWN = 20


def build_report(
    trace: Trace,
    *,
    record_sha256: str,
    judged_at: str | None,
    tool_version: str,
    overrulings: Mapping[str, Overruling] | None = None,
    previous: Report | None = None,
) -> Report:
    """Judge a record and put the report together. Pure: the same arguments give the same report.

    ``record_sha256``: of the record's bytes. ``judged_at`` and ``tool_version`` name the judging itself and
    stand in ``judging`` only. ``overrulings``: by check id. ``previous``: an earlier run of the same model.
    """
    redactor = redactor_of(trace)
    judgement = judge(trace)
    parts = Parts(trace)
    functions = tuple(_function(result, parts, redactor, overrulings or {}) for result in judgement.functions)
    further = tuple(
        _group(result, parts, redactor, overrulings or {}, judgement.asked) for result in judgement.further
    )
    rows = (*functions, *(case for group in further for case in group.cases))
    people = profile_of(trace.head.profile).people if trace.head is not None else None
    report = Report(
        outcome=judgement.outcome,
        decided=worst(each.decided for each in rows if each.number in judgement.asked),
        station=station_facts(trace, redactor),
        header=header_fields(trace, redactor),
        functions=functions,
        further=further,
        preparation=_care(preparation_of(parts.main), redactor),
        restoration=_care(restoration_of(trace), redactor),
        acts=tuple(_act(span, redactor) for part in parts.traces for span in part.acts()),
        lints=_lints(parts, redactor),
        figures=figures_of(parts.main, redactor),
        environment=environment_of(parts, redactor),
        people=People(tester=people.tester, witness=people.witness, place=people.place)
        if people is not None
        else People(),
        parts=_parts(parts, redactor),
        record_sha256=record_sha256,
        judging=Judging(judged_at=judged_at, tool_version=tool_version, self_proof=shipped_proof()),
    )
    return (
        report if previous is None else msgspec.structs.replace(report, comparison=compare(previous, report))
    )


def _group(
    result: GroupResult,
    parts: Parts,
    redactor: Redactor,
    overrulings: Mapping[str, Overruling],
    asked: Sequence[int],
) -> GroupReport:
    """With the verdict of what was asked for, apart from the document's."""
    cases = tuple(_function(each, parts, redactor, overrulings) for each in result.cases)
    played = [case for case in cases if case.number in asked]
    return GroupReport(
        id=result.group.id,
        title=result.group.title,
        verdict=worst(case.verdict for case in played),
        decided=worst(case.decided for case in played),
        cases=cases,
    )


def _function(
    result: FunctionResult, parts: Parts, redactor: Redactor, overrulings: Mapping[str, Overruling]
) -> FunctionReport:
    number = result.case.number
    play = parts.deciding(number) or Play(1, parts.traces[0], "broken")
    others = [_other_play(result, each, play, redactor) for each in parts.plays_of(number) if each != play]
    holding = {check: each for check, each in overrulings.items() if each.part in (0, play.part)}
    report = function_report(result, play.trace, redactor, holding)
    if not others:
        return msgspec.structs.replace(report, part=play.part)
    words = [f"played again; part {each.part}: {each.result}" for each in others]
    return msgspec.structs.replace(
        report, part=play.part, other_plays=tuple(others), result=join_remarks((report.result, *words))
    )


def _other_play(result: FunctionResult, play: Play, deciding: Play, redactor: Redactor) -> OtherPlay:
    """A play that does not count, judged in its own part, so that nothing is lost by a repeat."""
    row = function_report(judge_function(result.case, play.trace), play.trace, redactor, {})
    why = "played again later" if play.part < deciding.part else "not played to its end"
    if play.standing != "complete" and play.part < deciding.part:
        why = "not played to its end, and played again later"
    steps = play.trace.steps(function=result.case.number)
    return OtherPlay(
        part=play.part,
        verdict=row.verdict,
        result=row.result,
        why=why,
        began_at=steps[0].began.at if steps else None,
    )


def _parts(parts: Parts, redactor: Redactor) -> tuple[PartReport, ...]:
    """Named only where there are several."""
    if not parts.are_several:
        return ()
    return tuple(
        PartReport(
            number=number,
            functions=trace.head.functions if trace.head is not None else (),
            outcome=trace.tail.outcome if trace.tail is not None else "no end recorded",
            detail=redactor.text(trace.tail.detail) if trace.tail is not None else "",
            first_entry=trace.entries[0].n,
            began_at=trace.entries[0].at,
            ended_at=trace.entries[-1].at,
        )
        for number, trace in enumerate(parts.traces, start=1)
    )


def function_report(
    result: FunctionResult, trace: Trace, redactor: Redactor, overrulings: Mapping[str, Overruling]
) -> FunctionReport:
    """A row of the report from a record, or from what there is of one while it is written."""
    lines = LogLines(trace)
    criteria = tuple(_criterion(each, lines, redactor, overrulings) for each in result.criteria)
    decided = worst(criterion.decided for criterion in criteria)
    remark = join_remarks(criterion.remark for criterion in criteria)
    spans = [span for span in trace.steps(function=result.case.number) if span.ended is not None]
    return FunctionReport(
        number=result.case.number,
        label=result.case.label,
        title=result.case.title,
        verdict=result.outcome,
        decided=decided,
        remark=remark,
        result=join_remarks((result_cell(decided, remark, criteria), _overruled_words(criteria))),
        seconds=round(sum(s.ended.mono - s.began.mono for s in spans if s.ended is not None), 3)
        if spans
        else None,
        criteria=criteria,
    )


def _criterion(
    result: CriterionResult, lines: LogLines, redactor: Redactor, overrulings: Mapping[str, Overruling]
) -> CriterionReport:
    checks = tuple(_check(check, lines, redactor, overrulings.get(check.check.id)) for check in result.checks)
    return CriterionReport(
        id=result.id,
        text=result.text,
        verdict=result.outcome,
        decided=worst(check.overruled.verdict if check.overruled else check.verdict for check in checks),
        remark=redactor.text(result.remark),
        checks=checks,
    )


def _check(
    result: CheckResult, lines: LogLines, redactor: Redactor, overruled: Overruling | None
) -> CheckReport:
    check, verdict = result.check, result.verdict
    evidence = tuple(dict.fromkeys(verdict.evidence))
    return CheckReport(
        id=check.id,
        sentence=check.sentence,
        verdict=verdict.outcome,
        reason=redactor.text(verdict.reason),
        remark=redactor.text(verdict.remark),
        clause=check.clause,
        octt=check.octt,
        hands=check.hands,
        expected=redactor.text(verdict.expected),
        seen=redactor.text(verdict.seen),
        evidence=evidence,
        source=lines.of(evidence),
        figures=_plain(redactor.value(verdict.figures)),
        overruled=overruled,
    )


def _plain(figures: dict[str, Any]) -> dict[str, Any]:
    """Only what JSON can hold."""
    plain: dict[str, Any] = msgspec.to_builtins(figures, enc_hook=str, str_keys=True)
    return plain


def _overruled_words(criteria: Sequence[CriterionReport]) -> str:
    return join_remarks(
        f"{check.id} overruled by {check.overruled.by}: {check.overruled.reason}"
        for criterion in criteria
        for check in criterion.checks
        if check.overruled is not None
    )


def _act(span: ActSpan, redactor: Redactor) -> ActReport:
    ended = span.ended
    return ActReport(
        number=span.asked.number,
        act=span.act,
        sentence=redactor.text(span.asked.detail),
        phase=ended.phase if ended is not None else "asked",
        by=ended.by if ended is not None else span.asked.by,
        detail=redactor.text(ended.detail) if ended is not None else "the record ends before",
        asked_at=span.asked.at,
        ended_at=ended.at if ended is not None else None,
        seconds=round(ended.mono - span.asked.mono, 3) if ended is not None else None,
        entry=span.asked.n,
    )


def _care(care: StationCare, redactor: Redactor) -> StationCare:
    conditions = tuple(
        msgspec.structs.replace(condition, reason=redactor.text(condition.reason))
        for condition in care.conditions
    )
    return msgspec.structs.replace(care, conditions=conditions)


def _findings(parts: Parts) -> list[Finding]:
    """Of each part by itself: what lies between two parts was not watched. One finding for each deviation."""
    gathered: dict[str, Finding] = {}
    for trace in parts.traces:
        for finding in findings_in(trace):
            known = gathered.get(finding.lint.id)
            seen: tuple[Sight, ...] = known.sightings if known is not None else ()
            gathered[finding.lint.id] = Finding(finding.lint, (*seen, *finding.sightings))
    return list(gathered.values())


def _lints(parts: Parts, redactor: Redactor) -> tuple[LintReport, ...]:
    return tuple(
        LintReport(
            id=finding.lint.id,
            count=len(finding.sightings),
            first_entry=finding.sightings[0].n,
            group=finding.lint.group,
            title=finding.lint.title,
            clause=finding.lint.clause,
            advice=finding.lint.advice,
            sightings=tuple(
                Sighting(entry=sighting.n, detail=redactor.text(sighting.detail))
                for sighting in finding.sightings[:_SIGHTINGS_SHOWN]
            ),
        )
        for finding in _findings(parts)
    )


def verdict_counts(criteria: Iterable[CriterionReport]) -> dict[Outcome, int]:
    """How many of the criteria have which verdict, after what persons overruled."""
    counts = dict.fromkeys(Outcome, 0)
    for criterion in criteria:
        counts[criterion.decided] += 1
    return counts

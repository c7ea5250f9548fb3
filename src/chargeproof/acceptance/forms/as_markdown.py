"""``report.md``: the document's four columns, then what stands behind them."""

import re
from collections.abc import Iterator

from chargeproof.acceptance.forms.plain_text import date_time, iso_time, seconds, shown_line, size
from chargeproof.acceptance.forms.tables import FormTable, checks_shown, form_tables, notices
from chargeproof.acceptance.report_schema import (
    CheckReport,
    Comparison,
    Report,
    StationCare,
)
from chargeproof.acceptance.result_cell import MARKS, NAMES
from chargeproof.acceptance.verdict import Outcome

_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~&$@]|(?<=:)/(?=/)|(?<=www)\.)")
_LEADING = re.compile(r"^(\s*)(\d*)((?<=\d)[.)](?=\s|$)|(?<!\d)[-+=])")


def markdown_of(report: Report) -> str:
    """The text; no character of a station's text is taken for markup."""
    return "\n".join(_lines(report)) + "\n"


def md(text: str) -> str:
    """Text as it may stand in a table's cell or a paragraph."""
    escaped = _SPECIAL.sub(r"\\\1", shown_line(text))
    return _LEADING.sub(r"\1\2\\\3", escaped)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _verdict(outcome: Outcome) -> str:
    return f"{MARKS[outcome]} {NAMES[outcome]}"


def _lines(report: Report) -> Iterator[str]:
    yield "# TestScript Charge Station connected with OCPP 1.6"
    yield ""
    yield f"**{_verdict(report.decided)}** · {_counts(report)}"
    yield ""
    for notice in notices(report):
        yield f"**{md(notice)}**"
        yield ""
    yield from _header(report)
    yield from _form(report)
    yield from _checks(report)
    yield from _care("Preparation", report.preparation)
    yield from _care("Restoration", report.restoration)
    yield from _acts(report)
    yield from _deviations(report)
    if report.comparison is not None:
        yield from _comparison(report.comparison)
    yield from _figures(report)
    yield from _end(report)


def _counts(report: Report) -> str:
    return " · ".join(
        f"{table.total} {table.noun}: "
        + ", ".join(f"{number} {NAMES[outcome]}" for outcome, number in table.counts.items() if number)
        for table in form_tables(report)
    )


def _header(report: Report) -> Iterator[str]:
    yield _row("Field", "From the wire", "As typed")
    yield _row("---", "---", "---")
    for field in report.header:
        typed = f"{md(field.typed)} **(differs)**" if field.differs else md(field.typed)
        yield _row(field.name, md(field.wire) or "–", typed)
    yield ""
    facts = report.environment
    yield (
        f"Charge point id {md(report.station.get('charge_point_id', ''))} · {date_time(facts.began_at)} to "
        f"{date_time(facts.ended_at)} · site {md(facts.site)} · run {md(facts.run_outcome)}"
    )
    for sentence in facts.line_sentences:
        yield ""
        yield f"Line: {md(sentence)}"
    yield ""


def _form(report: Report) -> Iterator[str]:
    for table in form_tables(report):
        if table.decided is not None:
            yield f"## {table.title}: {_verdict(table.decided)}"
            yield ""
        yield from _table(table)


def _table(table: FormTable) -> Iterator[str]:
    yield _row(*table.head)
    yield _row("--:", "---", "---", "---")
    for function in table.rows:
        for place, criterion in enumerate(function.criteria):
            named = f"{criterion.id} " if criterion.id != function.name else ""
            text = f"{named}{md(criterion.text)} ({_verdict(criterion.decided)})"
            if place == 0:
                result = f"{MARKS[function.decided]} {md(function.result)}"
                yield _row(md(function.name), md(function.title), text, result)
            else:
                yield _row("", "", text, "")
    yield ""


def _checks(report: Report) -> Iterator[str]:
    yield "## Checks"
    yield ""
    for check in checks_shown(report):
        yield from _check(check)
    yield ""


def _check(check: CheckReport) -> Iterator[str]:
    yield f"- **{check.id}** {_verdict(check.verdict)}: {md(check.sentence)}  "
    yield f"  {md(check.reason)}"
    for name, value in (("expected", check.expected), ("seen", check.seen), ("remark", check.remark)):
        if value:
            yield f"  · {name}: {md(value)}"
    told = [md(check.clause), *([f"OCTT {', '.join(check.octt)}"] if check.octt else [])]
    if check.evidence:
        told.append(f"entries {', '.join(map(str, check.evidence))}")
    told.append(md(check.source))
    yield f"  · {' · '.join(part for part in told if part)}"
    if check.overruled is not None:
        overruled = check.overruled
        yield f"  · **overruled as {NAMES[overruled.verdict]}** by {md(overruled.by)}: {md(overruled.reason)}"


def _care(title: str, care: StationCare) -> Iterator[str]:
    yield f"## {title}: {_verdict(care.verdict)}"
    yield ""
    for condition in care.conditions:
        yield f"- {_verdict(condition.verdict)}: {condition.name} ({md(condition.reason)})"
    yield ""


def _acts(report: Report) -> Iterator[str]:
    if not report.acts:
        return
    yield "## Acts"
    yield ""
    yield _row("#", "Act", "Asked", "Took", "How it ended")
    yield _row("--:", "---", "---", "--:", "---")
    for act in report.acts:
        ended = md(f"{act.phase} ({act.by}) {act.detail}")
        sentence = md(act.sentence or act.act.replace("_", " "))
        yield _row(str(act.number), sentence, date_time(act.asked_at), seconds(act.seconds), ended)
    yield ""


def _deviations(report: Report) -> Iterator[str]:
    yield "## Deviations seen anywhere in the record"
    yield ""
    if not report.lints:
        yield "None."
    for lint in report.lints:
        yield f"- **{lint.id}** {md(lint.title)}, seen {lint.count} ×, first in entry {lint.first_entry} "
        yield f"  ({md(lint.clause)}). {md(lint.advice)}"
        for sighting in lint.sightings[:3]:
            yield f"  - entry {sighting.entry}: {md(sighting.detail)}"
    yield ""


def _comparison(comparison: Comparison) -> Iterator[str]:
    yield f"## Compared with firmware {md(comparison.previous_firmware)}"
    yield ""
    for name in ("new", "fixed", "unchanged", "other"):
        for change in getattr(comparison, name):
            yield f"- {name}: {change.id} {md(change.sentence)} ({md(change.before)} → {md(change.now)})"
    yield ""


def _figures(report: Report) -> Iterator[str]:
    figures = report.figures
    yield "## Figures"
    yield ""
    if figures.clock_offset is not None:
        yield f"- Clock of the station minus ours: {seconds(figures.clock_offset.seconds)}"
    for spacing in (*figures.heartbeats, *figures.meter_values):
        spread = spacing.spread
        if spread is not None:
            asked = f", {seconds(spacing.interval_s)} asked for" if spacing.interval_s else ""
            yield (
                f"- Spacing, {md(spacing.name)}: {spread.min:.1f} / {spread.median:.1f} / {spread.max:.1f} s "
                f"(min / median / max of {spread.count}, by {spacing.by} time{asked})"
            )
    for reboot in figures.reboots:
        yield f"- {md(reboot.cause)}: back after {seconds(reboot.seconds)}"
    for time in figures.answer_times:
        if time.spread is not None:
            told = f"median {seconds(time.spread.median)}, longest {seconds(time.spread.max)}"
            yield f"- {md(time.action)}: {time.answered} of {time.sent} answered, {told}"
    for file in figures.files:
        yield f"- {file.event} of {md(file.name)}: {size(file.size)} in {seconds(file.seconds)}"
    if figures.configuration_count is not None:
        yield f"- Configuration: {figures.configuration_count} keys"
    yield ""


def _end(report: Report) -> Iterator[str]:
    people = report.people
    yield "## Sign-off"
    yield ""
    blank = "\\_" * 24
    for name, value in (("Tester", people.tester), ("Witness", people.witness), ("Place", people.place)):
        yield f"- {name}: {md(value) or blank}"
    yield ""
    if report.judging.self_proof is not None:
        yield f"Self-proof: {md(report.judging.self_proof.sentence)}"
        yield ""
    yield f"Record SHA-256: `{report.record_sha256}`"
    yield ""
    judged = f" Judged {iso_time(report.judging.judged_at)}." if report.judging.judged_at else ""
    yield f"{report.statement} Made with chargeproof {md(report.environment.tool_version)}, "
    yield f"judged with {md(report.judging.tool_version)}.{judged}"

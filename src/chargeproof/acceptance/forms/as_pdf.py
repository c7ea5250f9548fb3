"""``report.pdf``: A4 for people and for the archive, set by typst from the report as data.

Values reach the template as JSON and are never markup. Only the engine's own fonts are used and the time is
the record's, so that the same report gives the same bytes.
"""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any

import typst

from chargeproof.acceptance.forms.as_html import finding_text, findings, tolerance_of
from chargeproof.acceptance.forms.charts import PRINT, spacing_chart, visit_chart
from chargeproof.acceptance.forms.plain_text import (
    date_time,
    iso_time,
    seconds,
    size,
    typeset,
    typeset_plainly,
)
from chargeproof.acceptance.forms.tables import FormTable, form_tables, notices
from chargeproof.acceptance.parts import Parts
from chargeproof.acceptance.report_schema import CheckReport, FunctionReport, Report, StationCare
from chargeproof.acceptance.result_cell import MARKS, NAMES
from chargeproof.acceptance.verdict import Outcome
from chargeproof.trace import Trace

_EPOCH = datetime(1980, 1, 1, tzinfo=UTC)


def pdf_of(report: Report, trace: Trace) -> bytes:
    """A tagged PDF/A-2b. Raises typst.TypstError where the engine refuses, which is an error of ours."""
    facts = _page_facts(report, trace)
    moment = int((report.environment.ended_at or _EPOCH).timestamp())
    try:
        return _compiled(_typesetting(facts, typeset), moment)
    except typst.TypstError as error:
        if "could not be displayed" not in str(error):
            raise
    # A combination of characters for which no font has a glyph: the archive format takes none of it.
    return _compiled(_typesetting(facts, typeset_plainly), moment)


def _compiled(facts: Any, moment: int) -> bytes:
    compiled: bytes = typst.compile(
        _template(),
        ignore_system_fonts=True,
        format="pdf",
        pdf_standards="a-2b",
        timestamp=moment,
        sys_inputs={"report": json.dumps(facts)},
    )
    return compiled


@cache
def _template() -> bytes:
    return (files(__package__) / "templates" / "report.typ").read_bytes()


def _typesetting(value: Any, fit: Callable[[str], str]) -> Any:
    """Every text of the value fit for the engine's fonts; SVG is left as it is, its texts are fit already."""
    match value:
        case str():
            return value if value.startswith("<svg ") else _breakable(fit(value))
        case list() | tuple():
            return [_typesetting(item, fit) for item in value]
        case dict():
            return {name: _typesetting(item, fit) for name, item in value.items()}
    return value


_SEAM = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[,;:/_.=&-])(?=[^\s\d])")
_LONG = re.compile(r"[^\s\u200b]{25,}")


def _breakable(text: str) -> str:
    """Long words may break at their seams: a value of 500 characters must not leave its column."""
    words = (_SEAM.sub("\u200b", word) if len(word) > 20 else word for word in text.split(" "))
    return _LONG.sub(lambda m: "\u200b".join(re.findall(".{1,12}", m[0])), " ".join(words))


def _verdict(outcome: Outcome) -> dict[str, str]:
    return {"key": outcome.value, "mark": MARKS[outcome], "name": NAMES[outcome]}


def _page_facts(report: Report, trace: Trace) -> dict[str, Any]:
    """What the template prints, in its order."""
    wire = {field.name: field.wire for field in report.header}
    name = f"{wire.get('Manufacturer Name', '')} {wire.get('Manufacturer Model', '')}".strip()
    return {
        "title": name or "A station that said nothing of itself",
        "charge_point_id": report.station.get("charge_point_id", ""),
        "firmware": wire.get("Firmware Version", ""),
        "period": f"{date_time(report.environment.began_at)} to {date_time(report.environment.ended_at)}",
        "verdict": _verdict(report.decided),
        "notices": notices(report),
        "header": [
            {"name": f.name, "wire": f.wire or "–", "typed": f.typed, "differs": f.differs}
            for f in report.header
        ],
        "tables": [_table(table) for table in form_tables(report)],
        "findings": [{**_check(check), "text": finding_text(check)} for check in findings(report)],
        "visit": visit_chart(Parts(trace).main, PRINT),
        "acts": [
            {
                "number": act.number,
                "sentence": act.sentence or act.act.replace("_", " "),
                "asked": f"{act.asked_at:%H:%M:%S}",
                "took": seconds(act.seconds),
                "end": f"{act.phase} ({act.by}) {act.detail}".strip(),
            }
            for act in report.acts
        ],
        "care": [_care("Preparation", report.preparation), _care("Restoration", report.restoration)],
        "lints": _lints(report),
        "comparison": _comparison(report),
        **_figures(report),
        **_conditions(report),
    }


def _table(table: FormTable) -> dict[str, Any]:
    return {
        "title": table.title,
        "verdict": _verdict(table.decided) if table.decided is not None else None,
        "head": table.head,
        "wide": table.decided is not None,
        "counts": [{"number": n, **_verdict(outcome)} for outcome, n in table.counts.items() if n],
        "of": f"{table.total} {table.noun}",
        "functions": [_function(function) for function in table.rows],
    }


def _function(function: FunctionReport) -> dict[str, Any]:
    return {
        "number": function.name,
        "title": function.title,
        "verdict": _verdict(function.decided),
        "result": function.result.partition(" — "),
        "criteria": [
            {
                "id": criterion.id if criterion.id != function.name else "",
                "text": criterion.text,
                "verdict": _verdict(criterion.decided),
                "checks": [_check(check) for check in criterion.checks],
            }
            for criterion in function.criteria
        ],
    }


def _check(check: CheckReport) -> dict[str, Any]:
    overruled = check.overruled
    sources = [
        check.clause,
        f"OCTT {', '.join(check.octt)}" if check.octt else "",
        "by hand" if check.hands else "",
    ]
    entries = ", ".join(map(str, check.evidence[:16]))
    more = f" and {len(check.evidence) - 16} more" if len(check.evidence) > 16 else ""
    return {
        "id": check.id,
        "sentence": check.sentence,
        "verdict": _verdict(check.verdict),
        "reason": check.reason,
        "expected": check.expected,
        "seen": check.seen,
        "remark": check.remark if check.remark != check.reason else "",
        "sources": " · ".join(part for part in sources if part),
        "entries": " · ".join(part for part in (entries + more, check.source) if part),
        "overruled": f"{NAMES[overruled.verdict]}, by {overruled.by}: {overruled.reason}"
        if overruled
        else "",
    }


def _care(title: str, care: StationCare) -> dict[str, Any]:
    return {
        "title": title,
        "verdict": _verdict(care.verdict),
        "conditions": [
            {"name": c.name, "verdict": _verdict(c.verdict), "reason": c.reason} for c in care.conditions
        ],
    }


def _lints(report: Report) -> list[dict[str, Any]]:
    return [
        {
            "id": lint.id,
            "title": lint.title,
            "count": lint.count,
            "first": lint.first_entry,
            "clause": lint.clause,
            "advice": lint.advice,
            "detail": lint.sightings[0].detail if lint.sightings else "",
        }
        for lint in report.lints
    ]


def _comparison(report: Report) -> dict[str, Any] | None:
    compared = report.comparison
    if compared is None:
        return None
    groups = (("new", compared.new), ("fixed", compared.fixed), ("unchanged", compared.unchanged))
    return {
        "previous": compared.previous_firmware or "not stated",
        "changes": [
            {"group": name, "id": c.id, "sentence": c.sentence, "change": f"{c.before} → {c.now}"}
            for name, changes in (*groups, ("other", compared.other))
            for c in changes
        ],
    }


def _figures(report: Report) -> dict[str, Any]:
    figures = report.figures
    offset = figures.clock_offset
    facts = [
        ("clock offset", seconds(offset.seconds) if offset is not None else "–"),
        ("run", seconds(figures.run_s)),
        ("by hand", seconds(figures.hands_s)),
        ("frames", str(figures.frames)),
        ("connections", str(figures.connections)),
        ("configuration keys", str(figures.configuration_count or "–")),
        *((reboot.cause, seconds(reboot.seconds)) for reboot in figures.reboots),
    ]
    return {
        "tiles": [{"name": name, "value": value} for name, value in facts],
        "spacings": [
            {
                "name": s.name,
                "chart": spacing_chart(s, PRINT, tolerance_of(s, report)),
                "spread": f"{s.spread.min:.1f} / {s.spread.median:.1f} / {s.spread.max:.1f} s"
                if s.spread
                else "–",
                "asked": f"{s.interval_s:g} s asked for" if s.interval_s else "",
            }
            for s in (*figures.heartbeats, *figures.meter_values)
        ],
        "answers": [
            [
                time.action,
                f"{time.answered} of {time.sent}",
                seconds(time.spread.min) if time.spread else "–",
                seconds(time.spread.median) if time.spread else "–",
                seconds(time.spread.max) if time.spread else "–",
            ]
            for time in figures.answer_times
        ],
        "files": [
            [f.name, f"{f.event} by {f.scheme}", size(f.size), seconds(f.seconds)] for f in figures.files
        ],
        "keys": [
            [row.key, row.value if row.value is not None else "–", "read-only" if row.readonly else ""]
            for row in figures.configuration
        ],
    }


def _conditions(report: Report) -> dict[str, Any]:
    facts, judging = report.environment, report.judging
    rows = [
        ("Site", f"{facts.site or '–'}; run {facts.run_outcome} {facts.run_detail}".strip()),
        *(("Line", sentence) for sentence in facts.line_sentences),
        (
            "Tool",
            f"chargeproof {facts.tool_version}, rule set {facts.rule_set}; judged with {judging.tool_version}",
        ),
        ("Judged", iso_time(judging.judged_at)),
        ("Windows", ", ".join(f"{n.replace('_', ' ')} {v:g}" for n, v in facts.windows.items()) or "–"),
        *((str(name), str(value)) for name, value in facts.host.items() if name != "tool"),
    ]
    if judging.self_proof is not None:
        rows.append(("Self-proof", judging.self_proof.sentence))
    if facts.damage:
        rows.insert(0, ("Record damaged", facts.damage))
    people = report.people
    return {
        "conditions": [{"name": name, "value": value} for name, value in rows],
        "people": [
            {"name": "Tester", "value": people.tester},
            {"name": "Witness", "value": people.witness},
            {"name": "Place", "value": people.place},
            {"name": "Date, signature", "value": ""},
        ],
        "sha256": report.record_sha256,
        "statement": report.statement,
    }

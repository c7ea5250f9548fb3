"""``report.html``: one file for people, which loads nothing from anywhere."""

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from chargeproof.acceptance.forms.charts import SCREEN, spacing_chart, visit_chart
from chargeproof.acceptance.forms.entry_rows import entry_rows
from chargeproof.acceptance.forms.plain_text import date_time, iso_time, seconds, shown, shown_line, size
from chargeproof.acceptance.forms.tables import checks_shown, form_tables, notices
from chargeproof.acceptance.parts import Parts
from chargeproof.acceptance.report_figures import Spacing
from chargeproof.acceptance.report_schema import CheckReport, Report
from chargeproof.acceptance.result_cell import MARKS, NAMES
from chargeproof.acceptance.verdict import Outcome
from chargeproof.acceptance.windows import WINDOWS_S
from chargeproof.trace import Trace

_GROUPS = {
    "station": "Known deviations of stations",
    "sequence": "Order of messages",
    "schema": "Payloads against the schema",
    "tool": "Our own faults",
}


def html_of(report: Report, trace: Trace) -> str:
    """The page, with the whole record in it (of a huge one: what is cited, and around it)."""
    rows, left_out = entry_rows(trace, report)
    style, script = _text_of("report.css"), _text_of("report.js")
    return (
        _environment()
        .get_template("report.html.jinja")
        .render(
            report=report,
            rows=rows,
            left_out=left_out,
            tables=form_tables(report),
            findings=findings(report),
            notices=notices(report),
            visit=Markup(visit_chart(Parts(trace).main, SCREEN)),  # noqa: S704  every text in it is escaped
            spacings=[(spacing, _chart(spacing, report)) for spacing in _spacings(report)],
            lint_groups=[
                (title, [lint for lint in report.lints if lint.group == group])
                for group, title in _GROUPS.items()
            ],
            style=Markup(style),  # noqa: S704
            script=Markup(script),  # noqa: S704
            script_hash=_hash(script),
            Outcome=Outcome,
        )
    )


def findings(report: Report) -> list[CheckReport]:
    """The checks that nobody should sign without reading, worst first."""
    order = (
        Outcome.TOOL_ERROR,
        Outcome.FAIL,
        Outcome.INCONCLUSIVE,
        Outcome.NOT_RUN,
        Outcome.PASS_WITH_REMARK,
        Outcome.NOT_APPLICABLE,
    )
    checks = [
        check for check in checks_shown(report) if check.verdict in order or check.overruled is not None
    ]
    return sorted(checks, key=lambda c: order.index(c.verdict) if c.verdict in order else len(order))


def finding_text(check: CheckReport) -> str:
    """What a reader must know: why it is no plain pass."""
    if check.verdict is Outcome.PASS_WITH_REMARK:
        return check.remark or check.reason
    return check.reason


def tolerance_of(spacing: Spacing, report: Report) -> float:
    """By how much a spacing may miss what was asked for, in the record's own rules."""
    name = "heartbeat_tolerance" if spacing.name == "Heartbeat" else "meter_tolerance"
    return report.environment.windows.get(name, WINDOWS_S[name])


def _spacings(report: Report) -> list[Spacing]:
    return [*report.figures.heartbeats, *report.figures.meter_values]


def _chart(spacing: Spacing, report: Report) -> Markup:
    return Markup(spacing_chart(spacing, SCREEN, tolerance_of(spacing, report)))  # noqa: S704


@cache
def _environment() -> Environment:
    names = ("report.html.jinja", "report_parts.html.jinja")
    environment = Environment(
        loader=DictLoader({name: _text_of(name) for name in names}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # Every value that a template prints goes through here: nothing invisible, nothing that hides.
        finalize=_finalized,
    )
    environment.filters.update(
        date_time=date_time,
        iso_time=iso_time,
        seconds=seconds,
        size=size,
        line=shown_line,
        mark=lambda outcome: MARKS[outcome],
        verdict=lambda outcome: NAMES[outcome],
        finding=finding_text,
        slug=lambda outcome: outcome.value.replace("_", "-"),
    )
    return environment


def _finalized(value: Any) -> Any:
    return shown(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@cache
def _text_of(name: str) -> str:
    return (files(__package__) / "templates" / name).read_text(encoding="utf-8")


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()

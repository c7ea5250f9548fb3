"""``report.xml``: JUnit's XML, a test suite for each function or security case and a test case for each check.

A failed check is a ``failure``. What is inconclusive or our own fault is an ``error``: a build must not go
on as if it had passed. What was not run or does not apply is ``skipped``.
"""

from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from chargeproof.acceptance.forms.plain_text import shown
from chargeproof.acceptance.forms.tables import checks_shown, form_tables
from chargeproof.acceptance.report_schema import CheckReport, FunctionReport, Report
from chargeproof.acceptance.result_cell import NAMES
from chargeproof.acceptance.verdict import Outcome

_ELEMENTS = {
    Outcome.FAIL: "failure",
    Outcome.INCONCLUSIVE: "error",
    Outcome.TOOL_ERROR: "error",
    Outcome.NOT_RUN: "skipped",
    Outcome.NOT_APPLICABLE: "skipped",
}


def junit_of(report: Report) -> bytes:
    """The XML in UTF-8; what a person overruled counts as overruled."""
    root = Element("testsuites", name="chargeproof")
    rows = [row for table in form_tables(report) for row in table.rows]
    _count(root, checks_shown(report))
    root.set("time", _seconds(sum(function.seconds or 0.0 for function in rows)))
    for place, function in enumerate(rows):
        _suite(root, function, place, report)
    indent(root)
    text: bytes = tostring(root, encoding="UTF-8", xml_declaration=True)
    return text + b"\n"


def _suite(root: Element, function: FunctionReport, place: int, report: Report) -> None:
    checks = [check for criterion in function.criteria for check in criterion.checks]
    suite = SubElement(root, "testsuite", name=f"{function.name} {function.title}", id=str(place))
    _count(suite, checks)
    suite.set("skipped", str(_number_of(checks, "skipped")))
    suite.set("time", _seconds(function.seconds or 0.0))
    began = report.environment.began_at
    if began is not None:
        suite.set("timestamp", f"{began:%Y-%m-%dT%H:%M:%S}")
    suite.set("hostname", shown(report.station.get("charge_point_id", "")))
    properties = SubElement(suite, "properties")
    for name, value in (
        ("verdict", function.verdict.value),
        ("result", function.result),
        ("record_sha256", report.record_sha256),
    ):
        SubElement(properties, "property", name=name, value=shown(value))
    for check in checks:
        _case(suite, check, function)


def _case(suite: Element, check: CheckReport, function: FunctionReport) -> None:
    case = SubElement(
        suite,
        "testcase",
        name=shown(f"{check.id} {check.sentence}"),
        classname=f"function_{function.number:02d}" if function.name.isdecimal() else function.name,
        time="0",
    )
    decided = check.overruled.verdict if check.overruled else check.verdict
    element = _ELEMENTS.get(decided)
    if element is not None:
        told = SubElement(case, element, message=shown(check.reason))
        if element != "skipped":
            told.set("type", decided.value)
        told.text = shown("\n".join(_lines(check)))
    else:
        SubElement(case, "system-out").text = shown("\n".join(_lines(check)))


def _lines(check: CheckReport) -> Iterable[str]:
    yield f"{NAMES[check.verdict]}: {check.reason}"
    for name, value in (
        ("expected", check.expected),
        ("seen", check.seen),
        ("remark", check.remark),
        ("clause", check.clause),
        ("OCTT", ", ".join(check.octt)),
        ("entries", ", ".join(map(str, check.evidence))),
        ("in the log", check.source),
    ):
        if value:
            yield f"{name}: {value}"
    if check.overruled is not None:
        by, why = check.overruled.by, check.overruled.reason
        yield f"overruled as {NAMES[check.overruled.verdict]} by {by}: {why}"


def _count(element: Element, checks: list[CheckReport]) -> None:
    element.set("tests", str(len(checks)))
    element.set("failures", str(_number_of(checks, "failure")))
    element.set("errors", str(_number_of(checks, "error")))


def _number_of(checks: list[CheckReport], element: str) -> int:
    return sum(
        _ELEMENTS.get(check.overruled.verdict if check.overruled else check.verdict) == element
        for check in checks
    )


def _seconds(value: float) -> str:
    return f"{value:.3f}"

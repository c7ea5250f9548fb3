"""SECURITY.md names a test beside every claim; here it is seen that the tests exist."""

import ast
import re
from functools import cache
from pathlib import Path

from tests.test_tidy import ROOT

TESTS = ROOT / "tests"
NAMED = re.compile(r"`([\w/]+\.py)::([\w:]+)`")


def page() -> str:
    return (ROOT / "SECURITY.md").read_text(encoding="utf-8")


@cache
def names_in(path: Path) -> frozenset[str]:
    """`test_x`, and `TestClass::test_x` for those in classes."""
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.ClassDef):
            found |= {f"{node.name}::{each.name}" for each in node.body if isinstance(each, ast.FunctionDef)}
    return frozenset(found)


def missing_from(text: str) -> list[str]:
    return [
        f"{path}::{test}"
        for path, test in NAMED.findall(text)
        if not (TESTS / path).is_file() or test not in names_in(TESTS / path)
    ]


def claims() -> list[str]:
    """The rows of the tables of what is defended."""
    part = page().partition("## What is defended")[2].partition("## What is not defended")[0]
    rows = [line for line in part.splitlines() if line.startswith("|")]
    return [line for line in rows if not line.startswith(("|---", "| claim"))]


def test_every_test_that_is_named_exists() -> None:
    assert missing_from(page()) == []


def test_every_claim_names_a_test() -> None:
    assert len(claims()) > 30
    assert [line for line in claims() if not NAMED.search(line)] == []


def test_a_test_that_is_gone_is_noticed() -> None:
    assert missing_from("`hostile/test_security_page.py::test_that_is_gone`, `gone.py::test_x`") != []


def test_every_file_of_the_hostile_suite_is_named() -> None:
    files = {f"hostile/{path.name}" for path in (TESTS / "hostile").glob("test_*.py")}
    assert files - {path for path, _ in NAMED.findall(page())} == {"hostile/test_security_page.py"}


def test_what_is_not_defended_and_how_to_report_is_said() -> None:
    for heading in ("## Reporting", "## Who can reach what", "## What is not defended"):
        assert heading in page()

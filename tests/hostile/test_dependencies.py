"""What others wrote, and what a linter would have warned of."""

import re
import subprocess
import tomllib
from typing import Any

from tests.test_tidy import ROOT, tracked_texts

RULE = re.compile(r"\bS\d{3}\b")


def lint_settings() -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]
    return found


def explained() -> set[str]:
    """The rules of which CONTRIBUTING.md says why they are excepted somewhere."""
    page = (ROOT / "CONTRIBUTING.md").read_text()
    table = page.partition("## Ruff's security rules")[2]
    return {
        rule
        for line in table.splitlines()
        if line.startswith("| S")
        for rule in RULE.findall(line.split("|")[1])
    }


def test_the_security_rules_are_on_and_every_exception_has_its_reason() -> None:
    settings = lint_settings()
    assert "S" in settings["select"]
    assert not [rule for rule in settings["ignore"] if rule.startswith("S")]
    excepted = {
        rule for rules in settings["per-file-ignores"].values() for rule in rules if rule.startswith("S")
    }
    for _, text in tracked_texts():
        for comment in re.findall(r"# (?:ruff: )?noqa: ([A-Z0-9, ]+)", text):
            excepted |= set(RULE.findall(comment))
    assert excepted - explained() == set()


def test_nothing_is_excepted_without_naming_the_rule() -> None:
    bare = re.compile("# (?:ruff: )?noqa" + "(?!:)")
    assert [str(path) for path, text in tracked_texts() if path.suffix == ".py" and bare.search(text)] == []


def test_every_dependency_is_pinned_with_its_hash() -> None:
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-node.txt"):
        packages = re.split(r"\n(?=\S)", (ROOT / name).read_text().strip())
        assert packages
        assert [each[:60] for each in packages if "==" not in each or "--hash=sha256:" not in each] == []


def test_no_key_and_no_token_is_in_the_repository() -> None:
    """What scanners of source code look for, but for what a test makes up in place."""
    secret = re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\n[A-Za-z0-9+/]|\bcp_[A-Za-z0-9_-]{43}\b")
    assert [str(path) for path, text in tracked_texts() if secret.search(text)] == []
    ignored = subprocess.run(
        ["git", "ls-files", "*.pem", "*.key", "*.p12", "*.db", "*.jks"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ignored.stdout == ""


def test_the_audit_of_dependencies_is_documented() -> None:
    assert "script/audit" in (ROOT / "CONTRIBUTING.md").read_text()
    assert "pip_audit" in (ROOT / "script/audit").read_text()

"""The style of the project as a test. Every rule is also seen to condemn a bad example."""

import ast
import io
import re
import subprocess
import tokenize
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parent.parent

MAX_LINES = 400
WRITTEN_BY_COMMANDS = {"docs/selftest.html"}
MAX_TEST_LINES = 600
MAX_FUNCTION_LINES = 50

VAGUE_MODULES = {"data", "helper", "helpers", "manager", "managers", "util", "utils"}
VAGUE_WORDS = VAGUE_MODULES - {"data"}  # `data_transfer` is an action of the specification

FORBIDDEN_WORDS = {"csms", "dut", "rfid"}
FORBIDDEN_NAMES = {
    "backend",
    "bug_mode",
    "chaos",
    "charger",
    "cp",
    "cs",
    "evse",
    "evse_id",
    "testcase",
    "testresult",
}
FORBIDDEN_ENDINGS = ("RequestPayload", "ResponsePayload")

# Put together, so that this file does not hold what it forbids.
ADDRESSES = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pypi", "python", "org"),
        ("files", "pythonhosted"),
        ("registry", "npmjs"),
        ("registry", "yarnpkg"),
        ("deb", "debian", "org"),
        ("unpkg", "com"),
        ("cdn", "jsdelivr"),
        ("esm", "sh"),
    )
)
OUTSIDE_PLACES = tuple(
    "/".join(parts) for parts in (("..", "shared"), ("/work", "shared"), ("/work", "main"))
)
UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")

Rule = Callable[[PurePosixPath, str], Iterator[str]]


def is_python(path: PurePosixPath) -> bool:
    return path.suffix == ".py"


def is_test(path: PurePosixPath) -> bool:
    return path.parts[0] == "tests"


def words_of(name: str) -> list[str]:
    """`RfidReader`, `rfid_reader` and `RFIDReader` are all ["rfid", "reader"]."""
    spaced = re.sub(r"([a-z0-9])([A-Z])|([A-Z])(?=[A-Z][a-z])", r"\1\3_\2", name)
    return [word for word in spaced.lower().split("_") if word]


def names_given_in(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The line and name of everything that the code itself names: not what it uses of others."""
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield node.lineno, name
            case (
                ast.arg(arg=name)
                | ast.Name(id=name, ctx=ast.Store())
                | ast.Attribute(attr=name, ctx=ast.Store())
            ):
                yield node.lineno, name


def files_are_short(path: PurePosixPath, text: str) -> Iterator[str]:
    if path.suffix not in {".css", ".html", ".js", ".py"} or str(path) in WRITTEN_BY_COMMANDS:
        return
    allowed = MAX_TEST_LINES if is_test(path) else MAX_LINES
    lines = len(text.splitlines())
    if lines > allowed:
        yield f"{path}: {lines} lines; split it into files of at most {allowed}"


def functions_are_short(path: PurePosixPath, text: str) -> Iterator[str]:
    if not is_python(path):
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > MAX_FUNCTION_LINES:
                yield f"{path}:{node.lineno}: {node.name} has {lines} lines, more than {MAX_FUNCTION_LINES}"


def modules_say_what_they_hold(path: PurePosixPath, text: str) -> Iterator[str]:
    if not is_python(path):
        return
    for stem in (*path.parts[:-1], path.stem):
        if stem.lower() in VAGUE_MODULES or VAGUE_WORDS & set(words_of(stem)):
            yield f"{path}: '{stem}' says nothing; name the module after what it holds"


def classes_say_what_they_are(path: PurePosixPath, text: str) -> Iterator[str]:
    if not is_python(path):
        return
    for node in ast.walk(ast.parse(text)):
        if (
            isinstance(node, ast.ClassDef)
            and words_of(node.name)[-1:]
            and words_of(node.name)[-1] in VAGUE_WORDS
        ):
            yield f"{path}:{node.lineno}: class {node.name}: name it after what it does"


def names_are_those_of_the_glossary(path: PurePosixPath, text: str) -> Iterator[str]:
    if not is_python(path):
        return
    for line, name in names_given_in(ast.parse(text)):
        wrong_word = FORBIDDEN_WORDS & set(words_of(name))
        if wrong_word or name.lower() in FORBIDDEN_NAMES or name.endswith(FORBIDDEN_ENDINGS):
            yield f"{path}:{line}: '{name}' is not a name of the glossary"


def no_test_sleeps(path: PurePosixPath, text: str) -> Iterator[str]:
    if not (is_python(path) and is_test(path)):
        return
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Attribute(value=ast.Name(id="time" | "asyncio" | "anyio"), attr="sleep"):
                yield f"{path}:{node.lineno}: a test sleeps; wait for what happens, or use virtual time"
            case ast.ImportFrom(module="time" | "asyncio" | "anyio", names=names):
                if any(alias.name == "sleep" for alias in names):
                    yield f"{path}:{node.lineno}: a test imports sleep; use virtual time"


def nothing_is_left_unfinished(path: PurePosixPath, text: str) -> Iterator[str]:
    if path.suffix in {".css", ".html", ".js", ".sh"} or path.parts[0] in {"script", ".ci"}:
        comments = list(enumerate(text.splitlines(), start=1))
    elif is_python(path):
        tokens = tokenize.generate_tokens(io.StringIO(text).readline)
        comments = [(token.start[0], token.string) for token in tokens if token.type == tokenize.COMMENT]
    else:
        return
    for line, comment in comments:
        if UNFINISHED.search(comment):
            yield f"{path}:{line}: unfinished: {comment.strip()}"


def nothing_is_left_from_debugging(path: PurePosixPath, text: str) -> Iterator[str]:
    if path.suffix == ".js" and re.search(r"\bconsole\.log\(|\bdebugger;", text):
        yield f"{path}: console.log or debugger left"
    if not is_python(path):
        return
    may_print = path.parts[0] != "src" or path.stem == "cli" or "cli" in path.parts
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Call(func=ast.Name(id="breakpoint")):
                yield f"{path}:{node.lineno}: breakpoint() left"
            case ast.Call(func=ast.Attribute(attr="set_trace")):
                yield f"{path}:{node.lineno}: set_trace() left"
            case ast.Call(func=ast.Name(id="print")) if not may_print:
                yield f"{path}:{node.lineno}: print() left; only the command line prints"


def no_package_host_is_named(path: PurePosixPath, text: str) -> Iterator[str]:
    for address in ADDRESSES:
        if address in text:
            yield f"{path}: names the package host {address}"


def nothing_outside_is_mentioned(path: PurePosixPath, text: str) -> Iterator[str]:
    for place in OUTSIDE_PLACES:
        if place in text:
            yield f"{path}: mentions {place}, which is not part of this repository"


LONG_FUNCTION = "def long() -> None:\n" + "    call()\n" * MAX_FUNCTION_LINES
BAD_EXAMPLES: list[tuple[Rule, str, str]] = [
    (files_are_short, "src/chargeproof/web/live.py", "x = 1\n" * (MAX_LINES + 1)),
    (files_are_short, "tests/test_live.py", "x = 1\n" * (MAX_TEST_LINES + 1)),
    (functions_are_short, "src/chargeproof/web/live.py", LONG_FUNCTION),
    (functions_are_short, "tests/test_live.py", LONG_FUNCTION.replace("def", "async def")),
    (modules_say_what_they_hold, "src/chargeproof/utils.py", ""),
    (modules_say_what_they_hold, "src/chargeproof/web/page_helpers.py", ""),
    (modules_say_what_they_hold, "src/chargeproof/data/frames.py", ""),
    (classes_say_what_they_are, "src/chargeproof/store/rows.py", "class RowManager: ..."),
    (names_are_those_of_the_glossary, "src/chargeproof/a.py", "class CSMS: ..."),
    (names_are_those_of_the_glossary, "src/chargeproof/a.py", "class DUTProbe: ..."),
    (names_are_those_of_the_glossary, "src/chargeproof/a.py", "def start(rfid_tag: str) -> None: ..."),
    (names_are_those_of_the_glossary, "src/chargeproof/a.py", "class BootNotificationRequestPayload: ..."),
    (names_are_those_of_the_glossary, "tests/test_a.py", "charger = 1"),
    (names_are_those_of_the_glossary, "tests/test_a.py", "self.cp = 1"),
    (no_test_sleeps, "tests/test_a.py", "import time\ntime.sleep(1)"),
    (no_test_sleeps, "tests/test_a.py", "async def test_a():\n    await asyncio.sleep(0)"),
    (no_test_sleeps, "tests/test_a.py", "from asyncio import sleep"),
    (nothing_is_left_unfinished, "src/chargeproof/a.py", "x = 1  # TODO: count"),
    (nothing_is_left_unfinished, "src/chargeproof/web/static/a.js", "// FIXME later"),
    (nothing_is_left_unfinished, "script/test", "# TODO"),
    (nothing_is_left_from_debugging, "src/chargeproof/a.py", "print(1)"),
    (nothing_is_left_from_debugging, "tests/test_a.py", "breakpoint()"),
    (nothing_is_left_from_debugging, "tests/test_a.py", "import pdb\npdb.set_trace()"),
    (nothing_is_left_from_debugging, "src/chargeproof/web/static/a.js", "console.log(1)"),
    (nothing_outside_is_mentioned, "docs/a.md", "see " + OUTSIDE_PLACES[0]),
    *((no_package_host_is_named, "package-lock.json", f"https://{address}/x") for address in ADDRESSES),
]
GOOD_EXAMPLES: list[tuple[Rule, str, str]] = [
    (files_are_short, "src/chargeproof/web/live.py", "x = 1\n" * MAX_LINES),
    (
        functions_are_short,
        "src/chargeproof/a.py",
        "def short() -> None:\n" + "    call()\n" * (MAX_FUNCTION_LINES - 1),
    ),
    (modules_say_what_they_hold, "src/chargeproof/central_system/handlers/data_transfer.py", ""),
    (modules_say_what_they_hold, "src/chargeproof/ocpp/firmware_management.py", ""),
    (names_are_those_of_the_glossary, "src/chargeproof/acceptance/functions/f09_reset_cs.py", "reset_cs = 1"),
    (
        names_are_those_of_the_glossary,
        "src/chargeproof/files/keys.py",
        "key = load(backend=default_backend())",
    ),
    (
        no_test_sleeps,
        "tests/test_a.py",
        'async def test_a():\n    """time.sleep"""\n    await clock.sleep(1)',
    ),
    (nothing_is_left_unfinished, "tests/test_a.py", 'x = "TODO"'),
    (nothing_is_left_from_debugging, "src/chargeproof/cli.py", "print(1)"),
]
RULES: list[Rule] = list(dict.fromkeys(rule for rule, _, _ in BAD_EXAMPLES))


def rule_name(value: object) -> str | None:
    return getattr(value, "__name__", None)


@cache
def tracked_texts() -> tuple[tuple[PurePosixPath, str], ...]:
    """Every text file that git tracks or would take up; binary files are left out."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    texts = []
    for name in sorted(set(listed.stdout.split("\0")) - {""}):
        file = ROOT / name
        if file.is_file():
            try:
                texts.append((PurePosixPath(name), file.read_text(encoding="utf-8")))
            except UnicodeDecodeError:
                continue
    return tuple(texts)


@pytest.mark.parametrize("rule", RULES, ids=rule_name)
def test_the_tree_keeps_the_rule(rule: Rule) -> None:
    found = [finding for path, text in tracked_texts() for finding in rule(path, text)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(("rule", "path", "text"), BAD_EXAMPLES, ids=rule_name)
def test_the_rule_condemns_a_bad_example(rule: Rule, path: str, text: str) -> None:
    assert list(rule(PurePosixPath(path), text))


@pytest.mark.parametrize(("rule", "path", "text"), GOOD_EXAMPLES, ids=rule_name)
def test_the_rule_spares_a_good_example(rule: Rule, path: str, text: str) -> None:
    assert not list(rule(PurePosixPath(path), text))


def test_the_tree_is_seen() -> None:
    paths = {str(path) for path, _ in tracked_texts()}
    assert {"pyproject.toml", "requirements.txt", "src/chargeproof/clock.py", "tests/test_tidy.py"} <= paths


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("RfidReader", ["rfid", "reader"]),
        ("rfid_reader", ["rfid", "reader"]),
        ("RFIDReader", ["rfid", "reader"]),
        ("CSMS", ["csms"]),
    ],
)
def test_names_fall_into_words(name: str, words: list[str]) -> None:
    assert words_of(name) == words

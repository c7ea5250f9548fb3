"""The watch over the whole suite's logs (`tests.secret_watch`) sees every way in which a secret could get there."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.peers.programs import ROOT
from tests.secret_watch import is_secret, leaks_in

CONFTEST = "from tests.secret_watch import pytest_configure, pytest_runtest_makereport"
WAYS = {
    "a record at any level": "logging.getLogger('chargeproof.x').debug('got %s', SECRET)",
    "an exception": "logging.getLogger('chargeproof.x').info('no', exc_info=ValueError(SECRET))",
    "the stderr of a program": "subprocess.run([sys.executable, '-c', f'import sys; sys.exit({SECRET!r})'])",
    "a stderr that the test reads": (
        "subprocess.run([sys.executable, '-c', f'import sys; sys.exit({SECRET!r})'], capture_output=True)"
    ),
    "a terminal": "pexpect.spawn('echo', [SECRET], encoding='utf-8').expect(pexpect.EOF)",
    "Basic credentials": (
        "logging.getLogger('chargeproof.x').info(base64.b64encode(f'CP-1:{SECRET}'.encode()).decode())"
    ),
    "a password that a station keeps": (
        "Credentials(b'').digest(b'drawn-just-now'); logging.getLogger('chargeproof.x').info('drawn-just-now')"
    ),
    "a session": "logging.getLogger('chargeproof.x').info(new_secret())",
}
HEAD = """
import base64, logging, subprocess, sys, pexpect
from chargeproof.central_system.credentials import Credentials
from chargeproof.web.people import credentials
from tests.secret_watch import is_secret

def new_secret(): return credentials.new_secret()
SECRET = "leaked-" + "deliberately"
is_secret(SECRET)
def test_it_tells_nothing(): logging.getLogger("chargeproof.x").warning("nothing")
"""


def test_a_deliberate_leak_fails_its_test_and_no_other(tmp_path: Path) -> None:
    """In a worker process, as the whole suite runs."""
    (tmp_path / "conftest.py").write_text(CONFTEST)
    leaks = [f"def test_leak_{number}(): {line}" for number, line in enumerate(WAYS.values())]
    (tmp_path / "test_leaks.py").write_text("\n".join([HEAD, *leaks]))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "xdist", "-p", "no:cacheprovider", "-n", "1"]
    done = subprocess.run(
        [*command, "-W", "ignore", "--rootdir", str(tmp_path), str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=240,
    )
    told = set(re.findall(r"^ERROR \S+::(\w+)", done.stdout, flags=re.MULTILINE))
    assert told == {f"test_leak_{number}" for number in range(len(WAYS))}, done.stdout


def test_what_only_looks_similar_is_no_leak() -> None:
    is_secret("made-up-for-this-very-test")
    assert leaks_in(["made-up-for-this-very-tes", "made up for this very test"]) == []
    assert len(leaks_in(["x made-up-for-this-very-test y"])) == 1

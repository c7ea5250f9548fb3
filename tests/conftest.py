"""For the whole suite: no secret in a log, and nothing that depends on a terminal or on chance."""

import os

from hypothesis import HealthCheck, settings

from tests.secret_watch import pytest_configure, pytest_runtest_makereport

__all__ = ["pytest_configure", "pytest_runtest_makereport"]

OF_A_TERMINAL = {
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "FORCE_COLOR",
    "NO_COLOR",
    "PYTEST_ADDOPTS",
    "PY_COLORS",
    "TTY_COMPATIBLE",
    "TTY_INTERACTIVE",
}
"""What says how programs write; the tests and what they start do without."""

for name in list(os.environ):
    if name in OF_A_TERMINAL or name.startswith("CHARGEPROOF_"):
        del os.environ[name]
os.environ.update(COLUMNS="80", LINES="25")

# The same examples in every run, and no bound on how long one takes.
settings.register_profile(
    "steady",
    derandomize=True,
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("steady")

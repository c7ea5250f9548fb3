"""For the whole suite: no test may leave a secret in a log."""

from tests.secret_watch import pytest_configure, pytest_runtest_makereport

__all__ = ["pytest_configure", "pytest_runtest_makereport"]

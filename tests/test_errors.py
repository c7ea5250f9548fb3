"""Errors that end a command."""

import pytest

from chargeproof.errors import ChargeproofError, SettingsError, ToolError, UsageError


def test_the_message_says_what_where_and_what_to_do() -> None:
    error = SettingsError("listen.port is 'eighty'", where="chargeproof.toml", remedy="Give a number")
    assert str(error) == "chargeproof.toml: listen.port is 'eighty'. Give a number"


def test_where_and_what_to_do_may_be_left_out() -> None:
    assert str(ToolError("the rig does not answer")) == "the rig does not answer"


@pytest.mark.parametrize(("kind", "exit_code"), [(ToolError, 3), (UsageError, 4), (SettingsError, 4)])
def test_each_kind_has_its_exit_code(kind: type[ChargeproofError], exit_code: int) -> None:
    assert kind.exit_code == exit_code


def test_no_error_ends_like_a_verdict() -> None:
    assert ChargeproofError.exit_code not in {0, 1, 2}

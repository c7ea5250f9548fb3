"""The command line. It reads settings and puts the parts together; what they do is in the other packages."""

import os
import sys
from collections.abc import Sequence

import rich.control
from cyclopts import App, CycloptsError
from rich.console import Console

import chargeproof
from chargeproof.cli import help_texts
from chargeproof.errors import ChargeproofError, UsageError

INTERRUPTED = 130

COMMANDS = (
    "demo",
    "serve",
    "accept",
    "judge",
    "overrule",
    "compare",
    "simulate",
    "proxy",
    "people",
    "certificates",
    "security",
    "backup",
    "soak",
    "selftest",
    "fuzz",
)
WITH_COMMANDS_OF_THEIR_OWN = ("people", "certificates", "security")
"""They bring their examples themselves."""

app = App(
    name="chargeproof",
    help=help_texts.PROGRAM,
    help_format="markdown",
    help_epilogue=help_texts.PROGRAM_EXAMPLES,
    version=chargeproof.__version__,
    version_flags=["--version"],
)
for command in COMMANDS:
    # By name, so that no command waits for the libraries of another.
    examples = getattr(help_texts, f"{command.upper()}_EXAMPLES")
    app.command(
        f"chargeproof.cli.{command}:{command}",
        name=command,
        help=getattr(help_texts, command.upper()),
        **({} if command in WITH_COMMANDS_OF_THEIR_OWN else {"help_epilogue": examples}),
    )


# rich leaves these in; what a station says of itself must not command the terminal of who reads it.
INVISIBLE = (*range(0x20), *range(0x7F, 0xA0), 0x61C, *range(0x200E, 0x2010), *range(0x2028, 0x202F))
TURNING = range(0x2066, 0x206A)
rich.control._CONTROL_STRIP_TRANSLATE.update(
    dict.fromkeys(each for each in (*INVISIBLE, *TURNING) if chr(each) not in "\t\n")
)


def main() -> None:
    """The entry point of the program."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run a command; returns the exit code. What people must know of an error is on stderr, in one message."""
    try:
        code = app(
            list(arguments) or ["--help"],
            exit_on_error=False,
            print_error=False,
            result_action="return_value",
            error_console=_errors(),
        )
        return code if isinstance(code, int) else 0
    except CycloptsError as error:
        return _explain(_usage_error(str(error), arguments))
    except ChargeproofError as error:
        return _explain(error)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # whoever read our output has gone; Python must not complain of it at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UsageError.exit_code


def _usage_error(message: str, arguments: Sequence[str]) -> UsageError:
    what, _, suggestion = message.strip().rstrip(".").partition(". ")
    help_command = f"`{_help_for(arguments)}` shows what fits"
    return UsageError(what, remedy=f"{suggestion} {help_command}".strip())


def _explain(error: ChargeproofError) -> int:
    _errors().print(f"chargeproof: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
    return error.exit_code


def _errors() -> Console:
    return Console(stderr=True)


def _help_for(arguments: Sequence[str]) -> str:
    named = next((argument for argument in arguments if argument in COMMANDS), None)
    return f"chargeproof {named} --help" if named else "chargeproof --help"

"""The command line. It reads settings and puts the parts together; what they do is in the other packages."""

import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError

import chargeproof
from chargeproof.cli import help_texts, output
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


output.prepare()


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
            error_console=output.errors(),
        )
        if sys.stdout is not None:
            sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except CycloptsError as error:
        return output.explain(_usage_error(str(error), arguments))
    except ChargeproofError as error:
        return output.explain(error)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        output.silence(sys.stdout)
        return UsageError.exit_code
    except OSError as error:
        return output.explain(output.unwritable(error))


def _usage_error(message: str, arguments: Sequence[str]) -> UsageError:
    what, _, more = message.strip().partition(". ")
    # Of the commands it names as many as it likes; the help has them all.
    advice = [
        sentence for sentence in more.rstrip(".").split(". ") if not sentence.startswith("Available commands")
    ]
    advice.append(f"`{_help_for(arguments)}` shows what fits")
    return UsageError(what.rstrip("."), remedy=". ".join(filter(None, advice)))


def _help_for(arguments: Sequence[str]) -> str:
    named = next((argument for argument in arguments if argument in COMMANDS), None)
    return f"chargeproof {named} --help" if named else "chargeproof --help"

"""The command line with a clock that runs faster: ``python -m tests.end_to_end.scaled_program 20 accept ...``.

Only the event loop that the command runs on is another one, as it is in the demo. Who asks its web server does so
in real time, and is given as long as ever.
"""

import asyncio
import sys
from collections.abc import Coroutine
from typing import Any

import chargeproof.cli
from chargeproof.cli import long_lived
from chargeproof.testing.virtual_time import run_scaled
from chargeproof.web import patience


def main() -> int:
    speed, *arguments = sys.argv[1:]
    for name in ("HEAD_S", "BODY_S", "KEEP_ALIVE_S"):
        setattr(patience, name, getattr(patience, name) * float(speed))

    def run(work: Coroutine[Any, Any, Any]) -> Any:
        return run_scaled(work, float(speed))

    asyncio.run = run  # type: ignore[assignment]
    long_lived.run = run
    return chargeproof.cli.run(arguments)


if __name__ == "__main__":
    sys.exit(main())

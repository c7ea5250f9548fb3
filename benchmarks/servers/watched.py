"""`chargeproof ...`, which also notes how late its event loop is.

The file named before its own arguments gets a line of milliseconds for each look.
"""

import asyncio
import sys
from collections.abc import Coroutine
from pathlib import Path
from time import perf_counter
from typing import Any

from chargeproof.cli import long_lived, main

LOOK_S = 0.005
LINES_TOGETHER = 50


async def watched(work: Coroutine[Any, Any, Any], file: Path) -> None:
    """`work`, while a timer of its loop is looked at."""
    looking = asyncio.create_task(note_lags(file))
    try:
        await work
    finally:
        looking.cancel()


async def note_lags(file: Path) -> None:
    lines: list[str] = []
    with file.open("w", encoding="ascii") as out:
        while True:
            due_s = perf_counter() + LOOK_S
            await asyncio.sleep(LOOK_S)
            lines.append(f"{max(0.0, perf_counter() - due_s) * 1000:.3f}\n")
            if len(lines) >= LINES_TOGETHER:
                out.writelines(lines)
                out.flush()
                lines.clear()


if __name__ == "__main__":
    notes, run = Path(sys.argv.pop(1)), long_lived.run
    long_lived.run = lambda work: run(watched(work, notes))
    main()

"""The command line with a clock that runs faster: ``python -m tests.end_to_end.scaled_program 20 accept ...``.

Only the event loop that the command runs on is another one. Who asks its web server or opens a connection does so
in real time, as other programs, and is given as long as ever.
"""

import asyncio
import sys
from collections.abc import Coroutine
from typing import Any

from msgspec.structs import replace

import chargeproof.cli
from chargeproof.central_system.limits import ServerLimits
from chargeproof.cli import long_lived, station_ports
from chargeproof.settings import Settings
from chargeproof.testing.virtual_time import run_scaled
from tests.quiet_time import as_patient_as_ever


def main() -> int:
    speed, *arguments = sys.argv[1:]
    wait_longer_for_stations(float(speed))

    def run(work: Coroutine[Any, Any, Any]) -> Any:
        return run_scaled(work, float(speed))

    asyncio.run = run  # type: ignore[assignment]
    long_lived.run = run
    with as_patient_as_ever(float(speed)):
        return chargeproof.cli.run(arguments)


def wait_longer_for_stations(speed: float) -> None:
    usual = station_ports.server_limits

    def limits(settings: Settings) -> ServerLimits:
        found = usual(settings)
        return replace(
            found,
            handshake_timeout_s=found.handshake_timeout_s * speed,
            ping_timeout_s=found.ping_timeout_s * speed,
        )

    station_ports.server_limits = limits


if __name__ == "__main__":
    sys.exit(main())

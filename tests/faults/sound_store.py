"""A store made by the central system itself from what stations sent."""

from pathlib import Path

from chargeproof.central_system import CentralSystemSettings
from chargeproof.testbed.soak.load import Log
from chargeproof.testing.virtual_time import run_virtual
from tests.central_system.bench import Bench


def make_sound_store(path: Path, log: Log) -> None:
    """Every answer must be the one that the log tells of."""

    async def main() -> None:
        bench = Bench(CentralSystemSettings(unknown_id_tags="accept"), path)
        await bench.central_system.start()
        station = bench.connect("CP-1")
        for item in log.answered:
            answer = await station.call(item.action, item.payload, item.unique_id)
            assert answer[2] == item.answer
        await bench.central_system.stop()
        await bench.store.close()

    run_virtual(main())

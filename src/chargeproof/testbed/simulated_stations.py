"""The simulated stations that run in this process, by the ids with which they connect."""

from collections.abc import Callable

from chargeproof.clock import Clock
from chargeproof.errors import UsageError
from chargeproof.simulator.model import StationModel, load_model
from chargeproof.simulator.ports import Dial, FileTransfer
from chargeproof.simulator.station import SimulatedStation

MOST = 50
"""Whole stations; a crowd of lean ones is what `chargeproof simulate --count` is for."""


class SimulatedStations:
    """Starts, names and ends them. ``dial`` is asked when one is started: the address may be known late."""

    def __init__(self, *, dial: Callable[[], Dial], transfer: FileTransfer, clock: Clock) -> None:
        self._dial = dial
        self._transfer = transfer
        self._clock = clock
        self._running: dict[str, SimulatedStation] = {}
        self._models: dict[str, str] = {}

    def ids(self) -> list[str]:
        return sorted(self._running)

    def get(self, charge_point_id: str) -> SimulatedStation | None:
        return self._running.get(charge_point_id)

    def model_of(self, charge_point_id: str) -> str | None:
        """The name of the model with which it was started."""
        return self._models.get(charge_point_id)

    async def start(self, charge_point_id: str, model: str | StationModel) -> SimulatedStation:
        """A station under power; it goes on trying to connect. Raises UsageError for what cannot be started."""
        if charge_point_id in self._running:
            raise UsageError(
                f'a simulated station "{charge_point_id}" runs already', remedy="Choose another id"
            )
        if len(self._running) >= MOST:
            raise UsageError(f"{MOST} simulated stations run already", remedy="Stop one of them first")
        loaded = load_model(model) if isinstance(model, str) else model
        station = SimulatedStation(
            loaded, charge_point_id, dial=self._dial(), transfer=self._transfer, clock=self._clock
        )
        self._running[charge_point_id] = station
        self._models[charge_point_id] = model if isinstance(model, str) else loaded.model
        await station.power_on()
        return station

    async def stop(self, charge_point_id: str) -> bool:
        """Cut its power and forget it; whether there was one."""
        station = self._running.pop(charge_point_id, None)
        self._models.pop(charge_point_id, None)
        if station is not None:
            await station.power_off()
        return station is not None

    async def close(self) -> None:
        for charge_point_id in self.ids():
            await self.stop(charge_point_id)

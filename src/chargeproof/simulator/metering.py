"""The meter of an outlet: three voltages, three currents, and a register that integrates their power exactly."""

import math
import random
from dataclasses import dataclass

from chargeproof.simulator.model import MeterModel

Phases = tuple[float, float, float]
NO_CURRENT: Phases = (0.0, 0.0, 0.0)
SECONDS_PER_HOUR = 3600.0


@dataclass(frozen=True)
class Reading:
    """What the meter shows at one moment; L1, L2, L3 in this order."""

    voltages_v: Phases
    currents_a: Phases
    energy_wh: float

    @property
    def powers_w(self) -> Phases:
        (u1, u2, u3), (i1, i2, i3) = self.voltages_v, self.currents_a
        return u1 * i1, u2 * i2, u3 * i3

    @property
    def power_w(self) -> float:
        return sum(self.powers_w)


class Meter:
    """Voltages are constant within a slot of time and jump between slots; currents change when told.

    Time is given in seconds of a monotonic clock and never goes back. The register is absolute: it counts
    over sessions and reboots, in Wh.
    """

    def __init__(self, model: MeterModel, *, seed: str, energy_wh: float = 0.0, now_s: float = 0.0) -> None:
        self._model = model
        self._seed = seed
        self._energy_wh = energy_wh
        self._currents: Phases = NO_CURRENT
        self._counted_to_s = now_s

    @property
    def currents_a(self) -> Phases:
        return self._currents

    def set_currents(self, currents_a: Phases, now_s: float) -> None:
        self._count_to(now_s)
        self._currents = currents_a

    def restore(self, energy_wh: float) -> None:
        """Take up a register that was kept in persistent memory."""
        self._energy_wh = max(self._energy_wh, energy_wh)

    def reading(self, now_s: float) -> Reading:
        self._count_to(now_s)
        return Reading(self.voltages_v(now_s), self._currents, self._energy_wh)

    def voltages_v(self, now_s: float) -> Phases:
        noise = random.Random(f"{self._seed}/{self._slot(now_s)}")
        nominal, width = self._model.nominal_voltage_v, self._model.voltage_noise_v
        low, high = nominal - width, nominal + width
        return noise.uniform(low, high), noise.uniform(low, high), noise.uniform(low, high)

    def _count_to(self, now_s: float) -> None:
        if any(self._currents):
            while self._counted_to_s < now_s:
                end_s = min(now_s, self._end(self._slot(self._counted_to_s)))
                power_w = Reading(self.voltages_v(self._counted_to_s), self._currents, 0.0).power_w
                self._energy_wh += power_w * (end_s - self._counted_to_s) / SECONDS_PER_HOUR
                self._counted_to_s = end_s
        self._counted_to_s = max(self._counted_to_s, now_s)

    def _slot(self, now_s: float) -> int:
        """The number of the slot; at its very end, and whatever rounding says, it is the next one."""
        slot = math.floor(now_s / self._model.noise_slot_s)
        return slot if self._end(slot) > now_s else slot + 1

    def _end(self, slot: int) -> float:
        return (slot + 1) * self._model.noise_slot_s

"""The live stations: one socket each, the newest."""

from collections.abc import Iterator

from chargeproof.central_system.charge_point import ChargePoint


class Registry:
    """Charge points by id."""

    def __init__(self) -> None:
        self._live: dict[str, ChargePoint] = {}

    def __len__(self) -> int:
        return len(self._live)

    def __iter__(self) -> Iterator[ChargePoint]:
        return iter(tuple(self._live.values()))

    def get(self, charge_point_id: str) -> ChargePoint | None:
        return self._live.get(charge_point_id)

    def add(self, charge_point: ChargePoint) -> ChargePoint | None:
        """The newest socket wins; returns the one that it replaces."""
        before = self._live.get(charge_point.charge_point_id)
        self._live[charge_point.charge_point_id] = charge_point
        return before

    def remove(self, charge_point: ChargePoint) -> bool:
        """Take this very connection out; a newer one of the same station stays. Whether it was the newest."""
        live = self._live.get(charge_point.charge_point_id)
        if live is None or live.station.connection != charge_point.station.connection:
            return False
        del self._live[charge_point.charge_point_id]
        return True

"""How stations are configured, and how they should be."""

from collections.abc import Mapping, Sequence

from chargeproof.client.connection import Connection
from chargeproof.resources.base import Page
from chargeproof.resources.configuration import (
    ApplyWanted,
    Baseline,
    BaselineWanted,
    ChangeResults,
    Configuration,
    ConfigurationChange,
    Differences,
    ReadWanted,
)
from chargeproof.resources.places import place

BASELINES = "/configuration-baselines"


class Configurations:
    """Configuration keys of stations. ``against``: baseline:NAME, time:..., firmware:VERSION or station:ID."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, charge_point_id: str, *, baseline: str | None = None) -> Configuration:
        """As last read."""
        return await self._connection.get(_keys_of(charge_point_id), Configuration, baseline=baseline)

    async def read(self, charge_point_id: str, *keys: str) -> Configuration:
        """Ask the station itself; no keys: all."""
        wanted = ReadWanted(keys=[*keys])
        return await self._connection.post(f"{_keys_of(charge_point_id)}/read", Configuration, wanted)

    async def change(self, charge_point_id: str, values: Mapping[str, str]) -> ChangeResults:
        return await self._connection.patch(_keys_of(charge_point_id), ChangeResults, dict(values))

    async def history(
        self, charge_point_id: str, key: str | None = None, *, limit: int = 50
    ) -> Sequence[ConfigurationChange]:
        """Values that readings showed for the first time, the newest first."""
        path = f"{_keys_of(charge_point_id)}/history"
        return (await self._connection.get(path, Page[ConfigurationChange], key=key, limit=limit)).items

    async def differences(self, charge_point_id: str, against: str) -> Differences:
        path = f"{_keys_of(charge_point_id)}/differences"
        return await self._connection.get(path, Differences, against=against)

    async def apply(self, charge_point_id: str, against: str, *keys: str) -> ChangeResults:
        """Write every key that differs, or only these."""
        wanted = ApplyWanted(against=against, keys=[*keys])
        return await self._connection.post(f"{_keys_of(charge_point_id)}/apply", ChangeResults, wanted)


class Baselines:
    """What is expected of the keys of a vendor's model."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def list(self) -> Sequence[Baseline]:
        return (await self._connection.get(BASELINES, Page[Baseline])).items

    async def get(self, name: str) -> Baseline:
        return await self._connection.get(BASELINES + place(name), Baseline)

    async def put(self, name: str, wanted: BaselineWanted) -> Baseline:
        """Keep or replace it."""
        return await self._connection.put(BASELINES + place(name), Baseline, wanted)

    async def delete(self, name: str) -> None:
        await self._connection.delete(BASELINES + place(name))


def _keys_of(charge_point_id: str) -> str:
    return "/charge-points" + place(charge_point_id, "configuration")

"""Id tags, files, and simulated stations."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import TypedDict, Unpack

from chargeproof.client.connection import Connection
from chargeproof.client.filters import FileJobFilter, IdTagFilter
from chargeproof.resources.base import Page
from chargeproof.resources.files import FileJob, FileJobWanted, FirmwareFile
from chargeproof.resources.id_tags import IdTag, IdTagWanted, ImportResult
from chargeproof.resources.places import place
from chargeproof.resources.simulated_stations import (
    Hand,
    HandWanted,
    SimulatedStation,
    SimulatedStationModel,
    SimulatedStationWanted,
)


class IdTags:
    """Cards and other id tags."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list(self, **narrowed: Unpack[IdTagFilter]) -> AsyncIterator[IdTag]:
        """By tag."""
        return self._connection.pages("/id-tags", IdTag, **narrowed)

    async def get(self, id_tag: str) -> IdTag:
        return await self._connection.get("/id-tags" + place(id_tag), IdTag)

    async def put(self, id_tag: str, wanted: IdTagWanted | None = None) -> IdTag:
        """Keep or replace it; without more it is accepted everywhere."""
        return await self._connection.put("/id-tags" + place(id_tag), IdTag, wanted or IdTagWanted())

    async def delete(self, id_tag: str) -> None:
        await self._connection.delete("/id-tags" + place(id_tag))

    async def export_csv(self) -> bytes:
        return await self._connection.get_bytes("/id-tags.csv")

    async def import_csv(self, table: bytes, *, dry_run: bool = False) -> ImportResult:
        """All of it, or nothing when a line is wrong: see ``problems``."""
        return await self._connection.send_bytes(
            "/id-tag-imports", ImportResult, table, "text/csv", dry_run=dry_run, also=422
        )


class Files:
    """Firmware files, and jobs in which stations fetch and leave files."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def firmware(self) -> Sequence[FirmwareFile]:
        return (await self._connection.get("/firmware-files", Page[FirmwareFile])).items

    async def upload_firmware(self, path: Path, name: str | None = None) -> FirmwareFile:
        with path.open("rb") as file:
            return await self._connection.send_file("/firmware-files", FirmwareFile, name or path.name, file)

    async def save_firmware(self, name: str, to: Path) -> Path:
        return await self._connection.save("/firmware-files" + place(name), to)

    async def delete_firmware(self, name: str) -> None:
        await self._connection.delete("/firmware-files" + place(name))

    async def start_job(self, charge_point_id: str, wanted: FileJobWanted) -> FileJob:
        """Have a station fetch firmware or leave its diagnostics."""
        return await self._connection.post(
            "/charge-points" + place(charge_point_id, "file-jobs"), FileJob, wanted
        )

    def jobs(self, **narrowed: Unpack[FileJobFilter]) -> AsyncIterator[FileJob]:
        """The newest first."""
        return self._connection.pages("/file-jobs", FileJob, **narrowed)

    async def job(self, job_id: str) -> FileJob:
        return await self._connection.get("/file-jobs" + place(job_id), FileJob)

    async def close_job(self, job_id: str) -> None:
        await self._connection.delete("/file-jobs" + place(job_id))

    async def save(self, job_id: str, name: str, to: Path) -> Path:
        """A file that a station left."""
        return await self._connection.save("/file-jobs" + place(job_id, "files", name), to)


class HowActed(TypedDict, total=False):
    """With which card, which error, whether the bay is taken, whether the vehicle takes power."""

    id_tag: str
    error_code: str
    occupied: bool
    ready: bool


class SimulatedStations:
    """Stations inside of the server's process, and hands at them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def models(self) -> Sequence[SimulatedStationModel]:
        return (await self._connection.get("/simulated-station-models", Page[SimulatedStationModel])).items

    async def list(self) -> Sequence[SimulatedStation]:
        return (await self._connection.get("/simulated-stations", Page[SimulatedStation])).items

    async def start(self, charge_point_id: str | None = None, model: str = "lawful") -> SimulatedStation:
        """Without an id a free one is taken."""
        wanted = SimulatedStationWanted(charge_point_id=charge_point_id, model=model)
        return await self._connection.post("/simulated-stations", SimulatedStation, wanted)

    async def get(self, charge_point_id: str) -> SimulatedStation:
        return await self._connection.get("/simulated-stations" + place(charge_point_id), SimulatedStation)

    async def stop(self, charge_point_id: str) -> None:
        await self._connection.delete("/simulated-stations" + place(charge_point_id))

    async def act(
        self, charge_point_id: str, act: Hand, connector_id: int = 1, **how: Unpack[HowActed]
    ) -> SimulatedStation:
        """``how``: where the act takes it."""
        wanted = HandWanted(act=act, connector_id=connector_id, **how)
        path = "/simulated-stations" + place(charge_point_id, "acts")
        return await self._connection.post(path, SimulatedStation, wanted)

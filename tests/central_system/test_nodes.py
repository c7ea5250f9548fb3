"""Two nodes on one bus, coroutines that start at once, and the files of a station."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chargeproof.bus import LocalBus
from chargeproof.central_system import CentralSystemSettings
from chargeproof.central_system.eager import run_eagerly
from chargeproof.central_system.file_desk import FileDesk, without_credentials
from chargeproof.central_system.recorder import Recorder
from chargeproof.clock import LoopClock
from chargeproof.files.ports import FileListener, Job, Scheme, StoredFile
from chargeproof.ocpp import GetConfiguration, GetConfigurationConf, Reset, ResetType
from chargeproof.store import SqliteStore
from chargeproof.trace import Entry, FileTransferred
from tests.central_system.bench import Bench, on_bench, virtually

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@virtually
async def test_a_command_reaches_a_station_on_another_node() -> None:
    bus = LocalBus()
    here = Bench(CentralSystemSettings(), bus=bus)
    there = Bench(CentralSystemSettings(), bus=bus)
    for bench in (here, there):
        await bench.central_system.start()
    station = await there.booted()
    calling = here.calling(GetConfiguration(key=["A"]))
    await here.pass_time(1)
    (command,) = station.commands()
    assert command[2:] == ["GetConfiguration", {"key": ["A"]}]
    station.answer(command, {"configurationKey": [{"key": "A", "readonly": "yes"}]})
    result = await calling
    assert result.state == "answered"
    assert isinstance(result.confirmation, GetConfigurationConf)
    assert result.confirmation.configuration_key is not None
    assert result.confirmation.configuration_key[0].key == "A"
    assert [item.rule for item in result.deviations] == ["wrong_type"]
    station.leave()
    assert (await here.central_system.call("CP-1", Reset(type=ResetType.SOFT))).state == "not_connected"
    for bench in (here, there):
        await bench.central_system.stop()
        await bench.store.close()


@on_bench(share_events=True)
async def test_entries_can_be_shared_on_the_bus(bench: Bench) -> None:
    heard: list[bytes] = []
    bench.central_system.bus.subscribe("entries.*", lambda _topic, news: heard.append(news))
    await bench.booted()
    assert any(b'"kind":"frame"' in news for news in heard)


@virtually
async def test_a_coroutine_that_does_not_wait_needs_no_task() -> None:
    async def quick() -> int:
        return 5

    async def broken() -> int:
        raise ValueError("broken")

    told: list[tuple[int | None, BaseException | None]] = []
    assert run_eagerly(quick(), lambda *told_of: told.append(told_of)) is None
    assert run_eagerly(broken(), lambda *told_of: told.append(told_of)) is None
    assert told[0] == (5, None)
    assert isinstance(told[1][1], ValueError)


@virtually
async def test_a_coroutine_that_waits_goes_on_in_a_task() -> None:
    loop = asyncio.get_running_loop()
    first: asyncio.Future[int] = loop.create_future()
    second: asyncio.Future[int] = loop.create_future()

    async def slow() -> int:
        try:
            await first
        except ValueError:
            return await second
        return 0

    told: list[tuple[int | None, BaseException | None]] = []
    task = run_eagerly(slow(), lambda *told_of: told.append(told_of))
    assert task is not None
    first.set_exception(ValueError("caught by the coroutine"))
    second.set_result(7)
    await asyncio.wait([task])
    await LoopClock().sleep(1)
    assert told == [(7, None)]


@virtually
async def test_a_cancelled_coroutine_is_told_as_such() -> None:
    never: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def waits() -> None:
        await never

    told: list[BaseException | None] = []
    task = run_eagerly(waits(), lambda _result, error: told.append(error))
    assert task is not None
    await LoopClock().sleep(1)
    task.cancel()
    await asyncio.wait([task])
    await LoopClock().sleep(1)
    assert isinstance(told[0], asyncio.CancelledError)


class TalkativeFiles:
    """A file service that tells of a job before its opening returns, as real ones do."""

    def __init__(self) -> None:
        self.listeners: list[FileListener] = []

    async def offer_download(self, content: bytes | Path, name: str, scheme: Scheme = "http") -> Job:
        self.tell("job-1", "offered")
        return Job("job-1", "http://user:pass@host:80/secret/fw.bin", scheme, "download")

    async def open_upload(self, scheme: Scheme) -> Job:
        return Job("job-2", "ftp://user:pass@host/", scheme, "upload")

    async def close_job(self, job_id: str) -> None:
        self.tell(job_id, "closed")

    async def list_files(self, job_id: str) -> list[StoredFile]:
        return []

    async def stored_content(self, job_id: str, name: str) -> bytes | Path | None:
        return None

    def watch(self, listener: FileListener) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def tell(self, job_id: str, event: str) -> None:
        for listener in self.listeners:
            listener(job_id, FileTransferred(at=NOW, mono=0.0, job=job_id, event=event))  # type: ignore[arg-type]


@virtually
async def test_transfers_land_in_the_record_of_their_station() -> None:
    files, store, clock = TalkativeFiles(), SqliteStore(), LoopClock()
    recorder, heard, elsewhere = Recorder(clock), list[Entry](), list[Entry]()
    recorder.watch("CP-1", heard.append)
    recorder.watch("CP-2", elsewhere.append)
    desk = FileDesk(files, store, recorder, clock)
    desk.start()
    job = await desk.offer_download("CP-1", b"firmware", "fw.bin")
    await desk.open_upload("CP-2", "ftp")
    await desk.close_job(job.job_id)
    desk.stop()
    assert [entry.event for entry in heard if isinstance(entry, FileTransferred)] == ["offered", "closed"]
    assert elsewhere == []
    await store.flush()
    assert [item.event for item in await store.transfers("job-1")] == ["closed", "offered"]
    (kept,) = await store.jobs("CP-1")
    assert kept.url == "http://host:80/"
    assert files.listeners == []
    await store.close()


@virtually
async def test_a_job_that_nobody_booked_is_told_to_everyone_who_watches() -> None:
    files, store, clock = TalkativeFiles(), SqliteStore(), LoopClock()
    recorder, heard = Recorder(clock), list[Entry]()
    recorder.watch("CP-1", heard.append)
    desk = FileDesk(files, store, recorder, clock)
    desk.start()
    files.tell("stranger", "upload")
    assert len(heard) == 1
    await store.close()


def test_urls_are_kept_without_their_secrets() -> None:
    assert without_credentials("ftp://u:p@host:21/secret") == "ftp://host:21/"
    assert without_credentials("http://host/token") == "http://host/"


@virtually
async def test_without_a_file_service_there_are_no_jobs() -> None:
    store, clock = SqliteStore(), LoopClock()
    desk = FileDesk(None, store, Recorder(clock), clock)
    desk.start()
    with pytest.raises(RuntimeError, match="without a file service"):
        await desk.open_upload("CP-1", "ftp")
    await store.close()

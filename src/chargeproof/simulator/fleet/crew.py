"""A fleet in processes of its own: each drives a share of the stations and tells once a second what it sees."""

import asyncio
import multiprocessing
import signal
from collections.abc import Iterator
from multiprocessing.connection import Connection, wait
from time import monotonic

import msgspec

from chargeproof.errors import ToolError
from chargeproof.simulator.fleet.fleet import Fleet
from chargeproof.simulator.fleet.latencies import Latencies
from chargeproof.simulator.fleet.open_files import allow_sockets
from chargeproof.simulator.fleet.plan import Counts, FleetPlan

LOOK_S = 1.0
LEAVE_S = 20.0


class Report(msgspec.Struct):
    """What one process saw. `latencies`: since its last report. `storms_s`: how long each storm took so far."""

    counts: Counts
    latencies: list[int]
    longest_s: float
    storms_s: list[float]


_report = msgspec.msgpack.Decoder(Report)
_plan = msgspec.msgpack.Decoder(FleetPlan)


class Crew:
    """The processes, from the side of the one that started them. Raises ToolError where there is no start."""

    def __init__(self, plan: FleetPlan, processes: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.counts = Counts()
        self.latencies = Latencies()
        self.latest = Latencies()
        self._reports: dict[Connection, Report] = {}
        self._processes = []
        for share in _shares(plan, processes):
            allow_sockets(share.count)
            ours, theirs = context.Pipe()
            process = context.Process(
                target=_work, args=(msgspec.msgpack.encode(share), theirs), name="fleet", daemon=True
            )
            process.start()
            theirs.close()
            self._processes.append((process, ours))

    @property
    def storms_s(self) -> list[float]:
        """How long each storm took until the last station was back; only those that are over everywhere."""
        reports = self._reports.values()
        over = min((len(report.storms_s) for report in reports), default=0)
        return [max(report.storms_s[number] for report in reports) for number in range(over)]

    def wait_until_started(self) -> None:
        """Until every process has told of itself for the first time."""
        while len(self._reports) < len(self._processes):
            self.look(0.1)

    def look(self, seconds: float) -> None:
        """Take in what is told within so many seconds; `latest` is what was measured in them."""
        until = monotonic() + seconds
        self.latest = Latencies()
        pipes = [pipe for _, pipe in self._processes]
        while (rest := until - monotonic()) > 0:
            for ready in wait(pipes, rest):
                assert isinstance(ready, Connection)  # noqa: S101
                self._take(ready)
        self.latencies.merge(self.latest)
        self.counts = _sum(report.counts for report in self._reports.values())

    def storm(self) -> None:
        """Have every connection break and every station come back, all at once."""
        self._tell(b"storm")

    def leave(self) -> None:
        """Close every connection, take in the last reports, and end the processes."""
        self._tell(b"leave")
        for process, pipe in self._processes:
            until = monotonic() + LEAVE_S
            try:
                while pipe.poll(max(until - monotonic(), 0)):
                    self._take(pipe)
            except (EOFError, ToolError):
                pass
            process.join(1)
            if process.is_alive():
                process.terminate()
            pipe.close()

    def _take(self, pipe: Connection) -> None:
        try:
            report = _report.decode(pipe.recv_bytes())
        except EOFError as error:
            raise ToolError("a process of the fleet ended", remedy="Look at what it wrote above") from error
        self._reports[pipe] = report
        self.latest.merge(Latencies(report.latencies, report.longest_s))

    def _tell(self, order: bytes) -> None:
        for _, pipe in self._processes:
            try:
                pipe.send_bytes(order)
            except OSError:
                continue  # it ended; `look` tells of it


def _shares(plan: FleetPlan, processes: int) -> Iterator[FleetPlan]:
    first = plan.first
    for number in range(processes):
        count = plan.count // processes + (number < plan.count % processes)
        if count:
            per_s = plan.connects_per_s and plan.connects_per_s * count / plan.count
            yield msgspec.structs.replace(plan, first=first, count=count, connects_per_s=per_s, seed=number)
        first += count


def _sum(counts: Iterator[Counts]) -> Counts:
    total = Counts()
    for each in counts:
        total = total.plus(each)
    return total


def _work(plan: bytes, pipe: Connection) -> None:
    """In the new process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a person who interrupts means the one that started us
    share = _plan.decode(plan)
    allow_sockets(share.count)
    with asyncio.Runner(loop_factory=_loop) as runner:
        runner.run(Member(share, pipe).work())


def _loop() -> asyncio.AbstractEventLoop:
    try:
        from uvloop import new_event_loop
    except ImportError:
        return asyncio.new_event_loop()
    return new_event_loop()


class Member:
    """One process's share of the fleet at work."""

    def __init__(self, plan: FleetPlan, pipe: Connection) -> None:
        self._plan = plan
        self._pipe = pipe
        self._storms_s: list[float] = []
        self._leave = asyncio.Event()
        self._tasks: set[asyncio.Task[float]] = set()

    async def work(self) -> None:
        self._fleet = Fleet(self._plan)
        asyncio.get_running_loop().add_reader(self._pipe.fileno(), self._order)
        self._begin(self._fleet.connect())
        self._fleet.begin()
        self._report()
        while not self._leave.is_set():
            try:
                async with asyncio.timeout(LOOK_S):
                    await self._leave.wait()
            except TimeoutError:
                self._report()
        await self._fleet.leave()
        self._report()

    def _begin(self, work: "asyncio._CoroutineLike[float]") -> "asyncio.Task[float]":
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _order(self) -> None:
        try:
            order = self._pipe.recv_bytes()
        except EOFError:  # the process that started us is gone
            order = b"leave"
        if order == b"storm":
            storm = self._begin(self._fleet.storm())
            storm.add_done_callback(self._storm_is_over)
        else:
            asyncio.get_running_loop().remove_reader(self._pipe.fileno())
            self._leave.set()

    def _storm_is_over(self, storm: "asyncio.Task[float]") -> None:
        if not storm.cancelled():
            self._storms_s.append(storm.result())

    def _report(self) -> None:
        fleet = self._fleet
        times, fleet.latencies = fleet.latencies, Latencies()
        report = Report(fleet.counts, times.counts.tolist(), times.longest_s, self._storms_s)
        try:
            self._pipe.send_bytes(msgspec.msgpack.encode(report))
        except OSError:
            self._leave.set()

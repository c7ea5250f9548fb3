"""Brings the stations of a fleet to a central system, paces their messages, and breaks their connections."""

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from time import perf_counter

from picows import WSError, ws_connect

from chargeproof.simulator.fleet.latencies import Latencies
from chargeproof.simulator.fleet.plan import Counts, FleetPlan
from chargeproof.simulator.fleet.station import FleetStation
from chargeproof.simulator.ports import DialCredentials
from chargeproof.simulator.tls import TLS_FROM_PROFILE, tls_context

TICK_S = 0.001
LOOK_S = 1.0
DIALS_AT_ONCE = 2000
HANDSHAKE_TIMEOUT_S = 60.0
RETRY_S, LONGEST_RETRY_S = 1.0, 60.0
MAX_ANSWER_BYTES = 64 * 1024


class Fleet:
    """Lives in one running event loop. `connect`, then it goes by itself; `leave` at the end.

    Latencies run from when a message was due. With the pace `interval` that does not depend on the answers, so
    a central system that stalls is charged for every message that it kept waiting.
    """

    def __init__(self, plan: FleetPlan) -> None:
        self.plan = plan
        self.counts = Counts()
        self.latencies = Latencies()
        self.sends_at_once = False
        self._stations = [
            FleetStation(self, number, f"{plan.prefix}-{number:05}")
            for number in range(plan.first, plan.first + plan.count)
        ]
        trusted = DialCredentials(profile=TLS_FROM_PROFILE, roots_pem=plan.roots_pem)
        self._tls = tls_context(trusted) if plan.roots_pem else None
        self._loop = asyncio.get_running_loop()
        self._random = random.Random(plan.seed)
        self._dials = asyncio.Semaphore(DIALS_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._all_ready = asyncio.Event()
        self._all_gone = asyncio.Event()
        self._leaving = False
        self._turn = 0
        self._time_text, self._time_text_at = b"", 0.0

    async def connect(self) -> float:
        """Connect every station and wait until all are ready; the seconds that took."""
        begun = perf_counter()
        self._all_ready.clear()
        interval_s = 1 / self.plan.connects_per_s if self.plan.connects_per_s else 0.0
        for place, station in enumerate(self._stations):
            if self._leaving:
                return perf_counter() - begun
            ahead_s = begun + place * interval_s - perf_counter()
            if ahead_s > TICK_S:
                await asyncio.sleep(ahead_s)
            self._start(self._dial(station, 0))
        await self.all_ready()
        return perf_counter() - begun

    async def all_ready(self) -> None:
        """Wait until every station is connected, has booted and has told its statuses."""
        while self.counts.ready < self.plan.count:
            self._all_ready.clear()
            await self._all_ready.wait()

    def begin(self) -> None:
        """Send at the pace of the plan from now on."""
        if self.plan.pace == "interval":
            self._start(self._keep_pace())
        elif self.plan.pace == "answers":
            self.sends_at_once = True
            for station in self._stations:
                if station.ready and not station.waits:
                    station.send_next(perf_counter())
        self._start(self._look_for_silence())

    async def storm(self) -> float:
        """Every connection breaks at once and every station comes back at once; the seconds that took."""
        begun = perf_counter()
        for station in self._stations:
            station.drop()
        await self.all_ready()
        return perf_counter() - begun

    async def leave(self) -> None:
        """Close every connection."""
        self._leaving = True
        for task in self._tasks:
            task.cancel()
        for station in self._stations:
            station.leave()
        with suppress(TimeoutError):
            async with asyncio.timeout(10):
                while self.counts.connected:
                    self._all_gone.clear()
                    await self._all_gone.wait()

    # For the stations.

    def time_text(self) -> bytes:
        """The time as stations write it, read once a millisecond."""
        now = perf_counter()
        if now - self._time_text_at >= TICK_S:
            self._time_text_at = now
            self._time_text = datetime.now(UTC).isoformat(timespec="milliseconds")[:23].encode() + b"Z"
        return self._time_text

    def became_ready(self, station: FleetStation) -> None:
        if self.counts.ready >= self.plan.count:
            self._all_ready.set()

    def gone(self, station: FleetStation) -> None:
        if not self.counts.connected:
            self._all_gone.set()
        if not self._leaving and not station.leaves:
            self._start(self._dial(station, 0))

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        self._loop.call_later(seconds, call)

    # Tasks.

    def _start(self, work: "asyncio._CoroutineLike[None]") -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _dial(self, station: FleetStation, attempt: int) -> None:
        while not self._leaving:
            async with self._dials:
                if await self._dial_once(station):
                    return
            self.counts.failed_dials += 1
            wait_s = min(RETRY_S * 2**attempt, LONGEST_RETRY_S)
            attempt += 1
            await asyncio.sleep(wait_s * self._random.uniform(0.5, 1.0))

    async def _dial_once(self, station: FleetStation) -> bool:
        try:
            async with asyncio.timeout(HANDSHAKE_TIMEOUT_S):  # TLS and WebSocket together
                _, listener = await ws_connect(
                    lambda: station,
                    f"{self.plan.url}/{station.charge_point_id}",
                    ssl_context=self._tls,
                    websocket_handshake_timeout=HANDSHAKE_TIMEOUT_S,
                    max_frame_size=MAX_ANSWER_BYTES,
                    extra_headers=(("Sec-WebSocket-Protocol", "ocpp1.6"),),
                    max_redirects=0,
                    read_buffer_init_size=2048,
                )
        except (WSError, OSError, TimeoutError):
            return False
        # Where TCP ends before the handshake is answered, picows raises nothing and gives no listener.
        return listener is not None

    async def _keep_pace(self) -> None:
        """So many messages that each station that is ready has its turn once in the interval of the plan."""
        due, looked_at = 0.0, perf_counter()
        while not self._leaving:
            now = perf_counter()
            per_s = self.counts.ready / self.plan.interval_s
            due += (now - looked_at) * per_s
            looked_at = now
            if due >= 2:  # one can be due; if there are more, the first of them is late
                self.counts.lag_ms = max(self.counts.lag_ms, (due - 1) / per_s * 1000)
            while due >= 1:
                due -= 1
                self._send_one(now)
            await asyncio.sleep(max(TICK_S, (1 - due) / per_s) if per_s else LOOK_S / 10)

    def _send_one(self, now: float) -> None:
        """The next station that is ready has its turn; messages of stations that are away are not sent."""
        for _ in range(len(self._stations)):
            station = self._stations[self._turn]
            self._turn = (self._turn + 1) % len(self._stations)
            if station.ready:
                station.send_next(now)
                return

    async def _look_for_silence(self) -> None:
        while not self._leaving:
            await asyncio.sleep(LOOK_S)
            silent_since = perf_counter() - self.plan.answer_timeout_s
            for station in self._stations:
                if station.waits and station.sent_at < silent_since:
                    self.counts.timed_out += 1
                    station.drop()

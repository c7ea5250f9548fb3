"""The numbers of a running node in the text format of Prometheus."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from prometheus_client import CollectorRegistry, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from chargeproof.central_system.central_system import CentralSystem
from chargeproof.store import StoreError

LAG_EVERY_S = 0.5
SHORT_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)


class Metrics:
    """`committed` is for the store. `watch` the central system once it is made, `start` with the loop."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._commit_s = self._histogram("chargeproof_commit_seconds", "Time from begin to durable", SHORT_S)
        self._commit_rows = self._histogram(
            "chargeproof_commit_rows", "Rows in a commit", (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000)
        )
        self._lag_s = self._histogram(
            "chargeproof_event_loop_lag_seconds", "How late a timer of the event loop came", SHORT_S
        )
        self._failed: Counter[tuple[str, ...]] = Counter()
        self._timer: asyncio.TimerHandle | None = None
        ProcessCollector(registry=self._registry)

    def committed(self, seconds: float, rows: int, error: StoreError | None) -> None:
        if error is None:
            self._commit_s.observe(seconds)
            self._commit_rows.observe(rows)
        else:
            self._failed[()] += 1

    def watch(
        self, central_system: CentralSystem, gauges: Mapping[str, tuple[str, Callable[[], float]]]
    ) -> None:
        """Show the numbers of `central_system` from now on, and `gauges`: by name, what it is and its value."""
        self._registry.register(_Numbers(central_system, gauges, self._failed))

    def start(self) -> None:
        self._lag_from(asyncio.get_running_loop())

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def text(self) -> bytes:
        return generate_latest(self._registry)

    def _histogram(self, name: str, meaning: str, buckets: Sequence[float]) -> Histogram:
        return Histogram(name, meaning, buckets=buckets, registry=self._registry)

    def _lag_from(self, loop: asyncio.AbstractEventLoop) -> None:
        due_s = loop.time() + LAG_EVERY_S

        def measure() -> None:
            self._lag_s.observe(max(0.0, loop.time() - due_s))
            self._lag_from(loop)

        self._timer = loop.call_at(due_s, measure)


class _Numbers(Collector):
    """Read when they are asked for."""

    def __init__(
        self,
        central_system: CentralSystem,
        gauges: Mapping[str, tuple[str, Callable[[], float]]],
        failed: Counter[tuple[str, ...]],
    ) -> None:
        self._central_system = central_system
        self._gauges = gauges
        self._failed = failed

    def collect(self) -> Iterator[Metric]:
        tally, load = self._central_system.tally, self._central_system.load()
        yield _gauge("chargeproof_connections", "Stations on a socket of this node", load.connections)
        yield _gauge("chargeproof_ready_stations", "Stations that commands go out to", load.ready)
        yield _gauge("chargeproof_requests_waiting", "Requests of stations that wait", load.requests_waiting)
        yield _gauge("chargeproof_commands_waiting", "Commands that wait to be sent", load.commands_waiting)
        for name, (meaning, value) in self._gauges.items():
            yield _gauge(name, meaning, value())
        yield _counter("chargeproof_messages", "Exchanges", ("caller", "action", "outcome"), tally.messages)
        yield _counter("chargeproof_handshakes", "Attempts to connect", ("outcome",), tally.handshakes)
        yield _counter("chargeproof_commands", "Commands by last state", ("action", "state"), tally.commands)
        yield _counter("chargeproof_failed_commits", "Commits that failed", (), self._failed)


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value=value)


def _counter(name: str, meaning: str, labels: Sequence[str], counts: Mapping[tuple[str, ...], int]) -> Metric:
    family = CounterMetricFamily(name, meaning, labels=labels)
    for values, count in sorted(counts.items()):
        family.add_metric(values, count)
    if not labels and not counts:
        family.add_metric((), 0)
    return family

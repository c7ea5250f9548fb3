"""Percentiles from buckets."""

import pytest

from chargeproof.simulator.fleet import Latencies


def latencies_of(*seconds: float) -> Latencies:
    times = Latencies()
    for each in seconds:
        times.add(each)
    return times


def test_nothing_measured_has_no_percentiles() -> None:
    assert Latencies().percentile(50) is None


@pytest.mark.parametrize("seconds", [0.0000005, 0.000099, 0.001, 0.0123, 0.9, 17.3, 3600.0])
def test_a_value_comes_back_within_two_percent_and_two_microseconds(seconds: float) -> None:
    times = latencies_of(seconds / 2, seconds, seconds * 2)
    assert times.percentile(50) == pytest.approx(seconds, rel=0.02, abs=2e-6)


def test_percentiles_count_what_lies_below() -> None:
    times = latencies_of(*(number / 1000 for number in range(1, 1001)))
    for percent in (50.0, 90.0, 99.0):
        assert times.percentile(percent) == pytest.approx(percent / 100, rel=0.02)
    assert times.percentile(100) == pytest.approx(1.0)
    assert times.longest_s == 1.0


def test_a_time_beyond_all_buckets_is_kept_as_the_longest() -> None:
    times = latencies_of(0.001, 1e6)
    assert times.total == 2
    assert times.longest_s == 1e6


def test_merging_adds_up() -> None:
    times = latencies_of(0.001, 0.001, 0.002)
    times.merge(latencies_of(5.0))
    assert times.total == 4
    assert times.longest_s == 5.0
    assert times.percentile(50) == pytest.approx(0.001, rel=0.02)


def test_what_went_through_a_report_is_the_same() -> None:
    times = latencies_of(0.001, 0.5)
    again = Latencies(times.counts.tolist(), times.longest_s)
    assert (again.total, again.percentile(99)) == (times.total, times.percentile(99))

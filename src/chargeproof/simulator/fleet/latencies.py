"""Percentiles of waiting times in little memory: counts in buckets that grow with the value."""

from array import array
from collections.abc import Iterable

_EXACT = 128  # below this, a bucket for each microsecond; above, 64 for each doubling
_DOUBLINGS = 26
_LONGEST_US = (_EXACT << _DOUBLINGS) - 1


class Latencies:
    """How often which time was seen, from a microsecond to two hours; off by less than 1.6 %."""

    __slots__ = ("counts", "longest_s", "total")

    def __init__(self, counts: Iterable[int] | None = None, longest_s: float = 0.0) -> None:
        self.counts = array("Q", counts if counts is not None else bytes(8 * 64 * (_DOUBLINGS + 2)))
        self.total = sum(self.counts)
        self.longest_s = longest_s

    def add(self, seconds: float) -> None:
        microseconds = min(int(seconds * 1e6), _LONGEST_US)
        shift = max(microseconds.bit_length() - 7, 0)
        self.counts[64 * shift + (microseconds >> shift)] += 1
        self.total += 1
        if seconds > self.longest_s:
            self.longest_s = seconds

    def merge(self, other: "Latencies") -> None:
        for bucket, count in enumerate(other.counts):
            self.counts[bucket] += count
        self.total += other.total
        self.longest_s = max(self.longest_s, other.longest_s)

    def percentile(self, percent: float) -> float | None:
        """Seconds within which so many of a hundred were answered; None when there were none."""
        wanted = self.total * percent / 100
        seen = 0
        for bucket, count in enumerate(self.counts):
            seen += count
            if count and seen >= wanted:
                return min(_upper_bound_s(bucket), self.longest_s)
        return None


def _upper_bound_s(bucket: int) -> float:
    if bucket < _EXACT:
        return (bucket + 1) / 1e6
    shift = bucket // 64 - 1
    return ((bucket - 64 * shift + 1) << shift) / 1e6

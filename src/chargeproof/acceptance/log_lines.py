"""Where the entries of a record that was made of a log stand in that log."""

from collections.abc import Iterable

from chargeproof.trace import Trace

SHOWN = 16


class LogLines:
    """Of one record. A record of ours has none."""

    def __init__(self, trace: Trace) -> None:
        head = trace.head
        log = head.environment.get("log") if head is not None else None
        self._file = str(log.get("file") or "the log") if isinstance(log, dict) else ""
        self._lines = {each.n: each.line for each in trace.entries} if self._file else {}

    def of(self, entries: Iterable[int]) -> str:
        """`lines 12, 17 of central.log`; empty where there are none."""
        lines = list(dict.fromkeys(line for n in entries if (line := self._lines.get(n)) is not None))
        if not lines:
            return ""
        more = f" and {len(lines) - SHOWN} more" if len(lines) > SHOWN else ""
        return f"line{'s' * (len(lines) > 1)} {', '.join(map(str, lines[:SHOWN]))}{more} of {self._file}"

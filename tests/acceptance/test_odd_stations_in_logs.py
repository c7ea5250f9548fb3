"""No odd but lawful station is condemned by a log that shows less than our own record."""

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from chargeproof.acceptance.case import GroupId
from chargeproof.acceptance.judge import judge
from chargeproof.acceptance.script import RULE_SET, numbers_of
from chargeproof.acceptance.verdict import Outcome
from chargeproof.simulator.odd.registry import Odd, odd_stations
from chargeproof.testbed.simulated import run_simulated
from chargeproof.testing.virtual_time import run_virtual
from chargeproof.trace import ConnectionClosed, ConnectionOpened, Frame, RunBegan, Trace
from chargeproof.trace.foreign import read_log


def heading(group: GroupId, **known: Any) -> RunBegan:
    return RunBegan(tool_version="0", rule_set=RULE_SET, functions=numbers_of(group), **known)


def logged(trace: Trace, *, sockets: bool, times: bool) -> Iterator[str]:
    """The run as a log in JSON lines."""
    for entry in trace.entries:
        stamp = {"ts": entry.at.isoformat()} if times else {}
        if isinstance(entry, Frame):
            direction = "in" if entry.sender == "charge_point" else "out"
            yield json.dumps({"direction": direction, "message": entry.text} | stamp)
        elif sockets and isinstance(entry, ConnectionOpened | ConnectionClosed):
            event = "connected" if isinstance(entry, ConnectionOpened) else "disconnected"
            yield json.dumps({"event": event} | stamp)


@pytest.mark.parametrize("odd", odd_stations(), ids=[odd.name for odd in odd_stations()])
def test_no_log_of_an_odd_but_lawful_station_condemns_it(odd: Odd) -> None:
    asked = numbers_of(odd.group)
    secured = odd.group == "security"
    trace = run_virtual(run_simulated(odd.station, model=odd.model, functions=asked, secured=secured)).trace
    for sockets, times in ((False, True), (True, True), (False, False)):
        lines = list(logged(trace, sockets=sockets, times=times))
        judgement = judge(read_log(lines, "jsonl", partial(heading, odd.group)).trace)
        wrong = {
            each.check.id: each.verdict.reason
            for each in judgement.checks()
            if each.verdict.outcome in (Outcome.FAIL, Outcome.TOOL_ERROR)
        }
        assert wrong == {}, (sockets, times)

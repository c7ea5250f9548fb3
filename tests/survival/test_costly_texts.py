"""One text must not keep all other stations waiting: none costs many times what another of its length does."""

import time
from collections.abc import Callable

import pytest

from chargeproof.acceptance.redaction import Redactor
from chargeproof.cli.logs import hide_secrets
from chargeproof.ocpp import GetConfiguration
from tests.central_system.bench import Bench, FakeStation, on_bench

LENGTH = 300_000
MANY_TIMES = 25
"""They once cost 150 to 5000 times as much."""


def filled(begin: str, part: str, end: str) -> str:
    return begin + part * (LENGTH // len(part)) + end


HARMLESS = filled('[2,"1","DataTransfer",{"vendorId":"V","data":[', '{"key":"a","value":1},', "0]}]")
NAMES = ",".join(f'"{number}":0' for number in range(LENGTH // 9))
COSTLY = {
    "a name twice behind many": f'[2,"1","Heartbeat",{{{NAMES},"twice":1,"twice":2}}]',
    "long numbers beside a key": filled('[2,"1","X",{"password":0,"key":0', f',"value":{"1" * 400}', "}]"),
    "values of nothing": filled('[2,"1","MeterValues",{"connectorId":1,"meterValue":[', "{},", "{}]}]"),
}


async def cost_of(text: str, station: FakeStation) -> float:
    """Seconds of this process, until the text is kept."""
    began = time.process_time()
    station.session.received(text)
    await station.bench.committed()
    return time.process_time() - began


@pytest.mark.parametrize("text", COSTLY.values(), ids=COSTLY)
def test_no_text_costs_many_times_what_a_harmless_one_does(text: str) -> None:
    @on_bench()
    async def scenario(bench: Bench) -> None:
        station = await bench.booted()
        harmless = max([await cost_of(HARMLESS, station) for _ in range(3)])
        assert await cost_of(text, station) < MANY_TIMES * harmless
        assert station.link.closes == []
        assert (await station.call("Heartbeat", {}))[0] == 3

    scenario()


def test_to_take_secrets_out_of_a_text_costs_no_more_for_one_that_is_made_for_it() -> None:
    harmless, redactor = filled("", "a word, ", ""), Redactor()
    for costly in (filled("ab://", "a:", ""), filled("", "ab://a:", ""), filled("ab://a:", "@", "")):
        assert _cpu_of(redactor.text, costly) < 100 * _cpu_of(redactor.text, harmless)
    short = "a" * 20_000  # as long as the head of a request may be
    assert _cpu_of(shown_in_log, short) < 100 * _cpu_of(shown_in_log, harmless[:20_000])


def shown_in_log(text: str) -> object:
    return hide_secrets(None, "info", {"event": text})


def _cpu_of(way: Callable[[str], object], text: str) -> float:
    began = time.process_time()
    way(text)
    return time.process_time() - began + 0.001


@on_bench()
async def test_of_an_endless_list_of_keys_so_many_are_kept(bench: Bench) -> None:
    station = await bench.booted()
    calling = bench.calling(GetConfiguration())
    await bench.pass_time(1)
    keys = [{"key": f"key{number}", "readonly": True} for number in range(5000)]
    station.answer(station.commands()[0], {"configurationKey": keys})
    result = await calling
    assert len(getattr(result.confirmation, "configuration_key", None) or []) == 5000
    assert len(await bench.store.configuration("CP-1")) == 2000
    newest = (await bench.store.exchanges("CP-1"))[0]
    assert '"key4999"' in (newest.answer_text or "")

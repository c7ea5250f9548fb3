"""What every bus must do: one check for each promise of `bus.ports.Bus`."""

import asyncio
from collections.abc import Awaitable, Callable

from chargeproof.bus import AnswerLost, Bus, NoNodeHolds
from chargeproof.testing.expectations import ContractBroken, expect

STATION = "CP-1"


async def _echo(question: bytes) -> bytes:
    return b"echo " + question


async def a_question_reaches_the_holder(bus: Bus) -> None:
    let_go = bus.hold(STATION, _echo)
    expect(await bus.ask(STATION, b"one", 5), b"echo one", "the answer of the holder")
    let_go()
    try:
        await bus.ask(STATION, b"two", 5)
    except NoNodeHolds:
        return
    raise ContractBroken("asking for a station that nobody holds must raise NoNodeHolds")


async def the_newest_holder_wins(bus: Bus) -> None:
    async def newer(question: bytes) -> bytes:
        return b"newer " + question

    let_go_older = bus.hold(STATION, _echo)
    bus.hold(STATION, newer)
    let_go_older()
    expect(
        await bus.ask(STATION, b"q", 5), b"newer q", "the newer holder answers, also after the older let go"
    )


async def a_lost_answer_is_told_apart(bus: Bus) -> None:
    async def fails(_question: bytes) -> bytes:
        raise RuntimeError("the node fails")

    async def never(_question: bytes) -> bytes:
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        return await answer

    for holder in (fails, never):
        bus.hold(STATION, holder)
        try:
            await bus.ask(STATION, b"q", 0.2)
        except AnswerLost:
            continue
        raise ContractBroken("a holder that does not answer must raise AnswerLost")


async def news_reach_those_who_listen(bus: Bus) -> None:
    heard: list[tuple[str, bytes]] = []
    enough = asyncio.Event()

    def listen(topic: str, news: bytes) -> None:
        heard.append((topic, news))
        if len(heard) == 2:
            enough.set()

    ends = [bus.subscribe("entries.CP-1", listen), bus.subscribe("entries.*", listen)]
    bus.publish("other.CP-1", b"0")
    bus.publish("entries.CP-1", b"1")
    async with asyncio.timeout(5):
        await enough.wait()
    expect(heard, [("entries.CP-1", b"1")] * 2, "by name and by pattern")
    for end in ends:
        end()
    bus.publish("entries.CP-1", b"2")
    expect(len(heard), 2, "nothing after unsubscribing")


BUS_CHECKS: tuple[Callable[[Bus], Awaitable[None]], ...] = (
    a_question_reaches_the_holder,
    the_newest_holder_wins,
    a_lost_answer_is_told_apart,
    news_reach_those_who_listen,
)

"""Frames that no list names, by hypothesis: whatever comes in, the socket stays and what can be answered is.

A failure is shown with the texts, and with the blob that reproduces it.
"""

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chargeproof.ocpp import REQUESTS, Request, Role, read_request
from tests.ocpp.payloads import mutated, valid
from tests.quiet_time import PATIENCE_S, QuietTimeLoop
from tests.survival.bench import Node, RoughStation, serving

ALWAYS_CONFIRMED = ("StartTransaction", "StopTransaction", "MeterValues")
MESSAGES = sorted(name for name, each in REQUESTS.items() if each.may_be_sent_by(Role.CHARGE_POINT))
COMMANDS = sorted(name for name, each in REQUESTS.items() if each.may_be_sent_by(Role.CENTRAL_SYSTEM))
thorough = settings(
    max_examples=40,
    deadline=None,
    print_blob=True,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)

Play = Callable[[Callable[[RoughStation], Coroutine[Any, Any, None]]], None]


@pytest.fixture(scope="module")
def play() -> Iterator[Play]:
    """Plays scenes with one station on one socket, which must live through all of them."""
    with asyncio.Runner(loop_factory=QuietTimeLoop) as runner:
        stack = AsyncExitStack()

        async def open_all() -> tuple[Node, RoughStation]:
            node = await stack.enter_async_context(serving())
            return node, await node.booted()

        _, station = runner.run(open_all())

        def played(scene: Callable[[RoughStation], Coroutine[Any, Any, None]]) -> None:
            async def bounded() -> None:
                async with asyncio.timeout(PATIENCE_S):
                    await scene(station)

            runner.run(bounded())

        yield played
        runner.run(station.goes_on())
        runner.run(station.leave())
        runner.run(stack.aclose())


@pytest.mark.parametrize("action", MESSAGES)
@thorough
@given(data=st.data())
def test_wrong_types_in_every_field_are_answered(play: Play, action: str, data: st.DataObject) -> None:
    payload = data.draw(mutated(action), label="payload")

    async def scene(station: RoughStation) -> None:
        answer = await station.call(action, payload)
        assert answer[0] == 3 or action not in ALWAYS_CONFIRMED, answer

    play(scene)


@pytest.mark.parametrize("action", COMMANDS)
@settings(thorough, max_examples=15)
@given(data=st.data())
def test_wrong_types_in_every_answer_end_the_command(play: Play, action: str, data: st.DataObject) -> None:
    asked = data.draw(valid(action), label="command")
    payload = data.draw(mutated(f"{action}Response"), label="answer")
    request = _request(action, asked)

    async def scene(station: RoughStation) -> None:
        station.reply = lambda frame: [json.dumps([3, frame[1], payload])]
        result = await station.commanded(request, timeout_s=10)
        # Refused: a command that may not be sent now, such as to ask for a boot after one was accepted (E3.40).
        assert result.state in ("accepted", "rejected", "answered", "refused"), result

    play(scene)


def _request(action: str, payload: Any) -> Request[Any]:
    message = read_request(action, payload).message
    assert isinstance(message, Request)
    return message


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(10**400), 10**400)
    | st.floats()
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
FRAMES = st.tuples(
    st.sampled_from([2, 3, 4, 5, "2", 2.0, None, True]),
    st.text(max_size=40) | JSON_VALUES,
    st.sampled_from(MESSAGES) | JSON_VALUES,
    JSON_VALUES,
    JSON_VALUES,
)
TEXTS: st.SearchStrategy[str | bytes] = st.one_of(
    st.binary(max_size=300),
    st.text(max_size=300),
    JSON_VALUES.map(json.dumps),
    st.tuples(FRAMES, st.integers(0, 5)).map(lambda drawn: json.dumps(drawn[0][: drawn[1]])),
    st.integers(0, 30_000).map(lambda depth: "[" * depth),
    st.integers(0, 3_000).map(lambda depth: '[2,"deep","Heartbeat",' + "[" * depth + "]" * depth + "]"),
    st.integers(0, 3_000).map(
        lambda depth: '[2,"deep","Heartbeat",' + '{"a":' * depth + "1" + "}" * depth + "]"
    ),
    st.integers(1, 20_000).map(
        lambda digits: f'[2,"n","StatusNotification",{{"connectorId":{"9" * digits}}}]'
    ),
    st.integers(1, 400).map(lambda power: f'[2,"n","MeterValues",{{"connectorId":1e{power}}}]'),
)


@settings(thorough, max_examples=150)
@given(text=TEXTS)
def test_any_text_leaves_the_socket_open(play: Play, text: str | bytes) -> None:
    async def scene(station: RoughStation) -> None:
        station.say(text)
        await station.confirmed("Heartbeat", {})

    play(scene)


@st.composite
def broken_calls(draw: st.DrawFn) -> str | bytes:
    """The text of a proper call with some bytes cut out, doubled or put in."""
    action = draw(st.sampled_from(MESSAGES))
    encoded = json.dumps([2, "broken", action, draw(valid(action))], ensure_ascii=draw(st.booleans())).encode(
        "utf-8", "surrogatepass"
    )
    begin = draw(st.integers(0, len(encoded)))
    end = draw(st.integers(begin, len(encoded)))
    middle = draw(
        st.sampled_from((b"", b"\x00", b"\xff", b"\xef\xbb\xbf", b'"', b"\\", b",", encoded[begin:end] * 2))
    )
    return encoded[:begin] + middle + encoded[end:]


@settings(thorough, max_examples=150)
@given(text=broken_calls())
def test_a_call_with_broken_bytes_leaves_the_socket_open(play: Play, text: str | bytes) -> None:
    async def scene(station: RoughStation) -> None:
        station.say(text)
        await station.confirmed("Heartbeat", {})

    play(scene)


@st.composite
def calls_with_doubled_names(draw: st.DrawFn) -> tuple[str, str]:
    """An action, and the text of its payload with a field named twice."""
    action = draw(st.sampled_from(MESSAGES))
    payload = draw(valid(action))
    names = sorted(payload) or ["a"]
    name = draw(st.sampled_from(names))
    other = json.dumps({name: draw(JSON_VALUES)})
    return action, other[:-1] + (", " if payload else "") + json.dumps(payload)[1:]


@settings(thorough, max_examples=80)
@given(call=calls_with_doubled_names())
def test_a_field_named_twice_is_answered(play: Play, call: tuple[str, str]) -> None:
    action, payload = call

    async def scene(station: RoughStation) -> None:
        station.say(f'[2,"twice","{action}",{payload}]')
        answer = await station.answer_to("twice")
        assert answer[0] == 3 or action not in ALWAYS_CONFIRMED, answer

    play(scene)

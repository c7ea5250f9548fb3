"""Passwords that go over the wire stay out of the store and out of records."""

import json
from typing import Any

import pytest

from chargeproof.central_system.veil import MARKER, Veil
from chargeproof.ocpp import ChangeConfiguration, GetConfiguration
from chargeproof.trace import dump_entry
from tests.central_system.bench import Bench, on_bench

KEY = "00112233445566778899aabbccddeeff"


def changed(value: Any, key: str = "AuthorizationKey") -> str:
    return json.dumps([2, "1", "ChangeConfiguration", {"key": key, "value": value}])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (changed(KEY), KEY),
        (changed(KEY, "authorizationKEY"), KEY),
        (changed('with "quotes" and \\'), 'with \\"quotes\\" and \\\\'),
        (f'[2,"1","ChangeConfiguration",{{ "value" : "{KEY}", "key" : "AuthorizationKey" }}]', KEY),
        ('[3,"1",{"configurationKey":[{"key":"SimPin","readonly":false,"value":4711}]}]', "4711"),
        (f'[3,"1",{{"configurationKey":[{{"key":"WifiPassword","readonly":true,"value":"{KEY}"', KEY),
    ],
)
def test_a_secret_is_hidden_and_every_other_character_stays(text: str, value: str) -> None:
    hidden = Veil(b"key").text(text)
    assert value not in hidden
    (marker,) = MARKER.findall(hidden)
    assert hidden == text.replace(f'"{value}"', f'"{marker}"').replace(f":{value}}}", f':"{marker}"}}')


@pytest.mark.parametrize(
    "text",
    [
        changed("300", "HeartbeatInterval"),
        changed(""),
        '[3,"1",{"configurationKey":[{"key":"AuthorizationKey","readonly":false}]}]',
        '[2,"1","DataTransfer",{"vendorId":"key"}]',
        "AuthorizationKey",
    ],
)
def test_where_there_is_no_secret_nothing_changes(text: str) -> None:
    assert Veil(b"key").text(text) == text


def test_markers_are_equal_if_and_only_if_the_values_are() -> None:
    veil = Veil(b"key")
    assert veil.text(changed(KEY)) == veil.text(changed(KEY))
    assert veil.text(changed(KEY)) != veil.text(changed(KEY[::-1]))
    assert veil.text(changed(KEY)) != Veil(b"another").text(changed(KEY))
    assert veil.text(veil.text(changed(KEY))) == veil.text(changed(KEY))
    assert Veil().text(changed(KEY)) != Veil().text(changed(KEY))


@on_bench()
async def test_a_new_password_is_sent_and_nowhere_kept(bench: Bench) -> None:
    station = await bench.booted()
    command = bench.calling(ChangeConfiguration(key="AuthorizationKey", value=KEY))
    await bench.pass_time(1)
    (sent,) = station.commands()
    assert sent[3] == {"key": "AuthorizationKey", "value": KEY}
    station.answer(sent, {"status": "Accepted"})
    assert (await command).state == "accepted"
    reading = bench.calling(GetConfiguration())
    await bench.pass_time(1)
    shown = {"key": "AuthorizationKey", "readonly": False, "value": KEY}
    station.answer(station.commands()[-1], {"configurationKey": [shown, {**shown, "value": 12345678}]})
    await reading
    await bench.committed()

    store = bench.store
    kept = [*await store.exchanges(), *await store.commands(), *await store.configuration("CP-1")]
    kept += [*await store.flags()]
    everything = "\n".join([*map(repr, kept), *(dump_entry(entry) for entry in bench.entries)])
    assert KEY not in everything
    assert "12345678" not in everything
    assert len(set(MARKER.findall(everything))) == 2


@on_bench()
async def test_a_refused_command_with_a_password_is_kept_without_it(bench: Bench) -> None:
    result = await bench.central_system.call("CP-9", ChangeConfiguration(key="AuthorizationKey", value=KEY))
    assert result.state == "not_connected"
    (command,) = await bench.store.commands("CP-9")
    assert MARKER.search(command.payload_text)

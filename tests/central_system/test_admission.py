"""Rule 10 and the handshake: who may come in, and what the others are told."""

import re

import pytest

from chargeproof.central_system.credentials import Credentials
from chargeproof.store.sqlite_reader import SqliteReader
from tests.central_system.bench import Bench, on_bench

KEY_HEX = "0123456789abcdef0123456789abcdef01234567"


@on_bench()
async def test_every_attempt_is_kept_with_a_hint(bench: Bench) -> None:
    bench.admit()
    bench.admit("", path="/")
    bench.admit("CP-2", offered=("ocpp2.0.1",))
    kept = await bench.store.handshakes()
    assert [item.outcome for item in kept] == ["refused", "refused", "accepted"]
    assert [item.http_status for item in kept] == [101, 404, 101]
    assert "sub-protocol ocpp1.6" in kept[0].hint
    assert "CHARGE_POINT_ID" in kept[1].hint
    assert kept[2].chosen == "ocpp1.6"
    seen = bench.entries_of("HandshakeSeen")
    assert [entry.outcome for entry in seen] == ["accepted", "refused", "refused"]
    assert "offers only ocpp2.0.1" in seen[2].hint


@on_bench()
async def test_a_missing_subprotocol_is_tolerated_and_recorded(bench: Bench) -> None:
    admission = bench.admit(offered=())
    assert (admission.accepted, admission.subprotocol) == (True, None)
    assert "J§3.2" in admission.hint
    station = bench.connect(offered=())
    assert (await station.boot())["status"] == "Accepted"


@on_bench(allow_missing_subprotocol=False)
async def test_a_missing_subprotocol_can_be_refused(bench: Bench) -> None:
    admission = bench.admit(offered=())
    assert (admission.accepted, admission.http_status) == (False, 400)


@on_bench()
async def test_another_version_completes_the_handshake_and_is_closed_at_once(bench: Bench) -> None:
    station = bench.connect(offered=("ocpp2.0.1", "ocpp1.5"))
    assert [code for code, _ in station.link.closes] == [1002]
    assert not bench.central_system.is_connected("CP-1")
    station.leave()
    assert bench.entries_of("HandshakeSeen")[0].outcome == "refused"


@on_bench()
async def test_probing_another_version_leaves_the_good_connection_alone(bench: Bench) -> None:
    station = await bench.booted()
    bench.connect(offered=("ocpp2.0.1",)).leave()
    assert bench.central_system.is_ready("CP-1")
    assert station.link.closes == []


@on_bench()
async def test_the_subprotocol_is_chosen_from_several_as_offered(bench: Bench) -> None:
    assert bench.admit(offered=("ocpp2.0.1", "ocpp1.6")).subprotocol == "ocpp1.6"
    assert bench.admit(offered=("OCPP1.6",)).subprotocol == "OCPP1.6"


@on_bench()
async def test_ids_are_kept_as_sent_unless_they_cannot_be_used(bench: Bench) -> None:
    for charge_point_id in ("CP 1", "ÄÖ/ü", "a" * 255, "RDAM|123"):
        assert bench.admit(charge_point_id).accepted
    for charge_point_id in ("CP\n1", "CP\x00", "\x7f", "a" * 256):
        refusal = bench.admit(charge_point_id)
        assert (refusal.accepted, refusal.http_status) == (False, 400)
        assert refusal.hint


@on_bench()
async def test_a_station_without_a_password_here_is_not_asked_for_one(bench: Bench) -> None:
    assert bench.admit().accepted
    assert bench.admit(user="CP-1", password=b"x").accepted
    kept = await bench.store.handshakes("CP-1")
    assert [item.authentication for item in kept] == ["basic, not checked: no password is kept here", "none"]


@on_bench(require_credentials=True)
async def test_passwords_can_be_required(bench: Bench) -> None:
    assert bench.admit().http_status == 401


@on_bench()
async def test_a_password_is_checked(bench: Bench) -> None:
    await bench.central_system.set_password("CP-1", "secret password")
    refusals = [
        bench.admit(),
        bench.admit(user="CP-1", password=b"wrong"),
        bench.admit(user="other", password=b"secret password"),
    ]
    assert [refusal.http_status for refusal in refusals] == [401, 401, 401]
    assert bench.admit(user="CP-1", password=b"secret password").accepted
    kept = await bench.store.handshakes("CP-1")
    assert [item.authentication for item in kept] == [
        "basic",
        "basic, with another user name",
        "basic, with a wrong password",
        "none, though a password is kept here",
    ]
    assert "secret" not in str(kept)
    await bench.central_system.set_password("CP-1", None)
    assert bench.admit().accepted


@pytest.mark.parametrize("sent", [KEY_HEX.encode(), KEY_HEX.upper().encode(), bytes.fromhex(KEY_HEX)])
@pytest.mark.parametrize("kept", [KEY_HEX.encode(), bytes.fromhex(KEY_HEX)])
def test_an_authorization_key_is_accepted_as_hex_and_as_bytes(kept: bytes, sent: bytes) -> None:
    credentials = Credentials(b"key")
    credentials.keep("CP-1", credentials.digest(kept))
    assert credentials.fits("CP-1", sent)
    assert not credentials.fits("CP-1", sent[:-2])
    assert not credentials.fits("CP-2", sent)


@on_bench(credential_key=b"lasting")
async def test_a_password_lasts_with_its_key(bench: Bench) -> None:
    await bench.central_system.set_password("CP-1", "secret")
    record = await bench.store.charge_point("CP-1")
    assert record is not None
    assert record.credential == Credentials(b"lasting").digest(b"secret")
    assert record.credential != Credentials(b"another key").digest(b"secret")
    reader = SqliteReader(bench.store)
    everything = await reader.ask(lambda database: "\n".join(database.iterdump()))
    await reader.close()
    assert record.credential.hex() in everything.lower()
    assert not re.search("secret['\"]|736563726574", everything)
    await bench.central_system.start()
    assert bench.admit(user="CP-1", password=b"secret").accepted
    assert not bench.admit(user="CP-1", password=b"other").accepted


@on_bench()
async def test_refusals_of_the_server_are_kept_too(bench: Bench) -> None:
    handshake = bench.handshake("CP-1")
    refusal = bench.admit("")
    bench.central_system.refused(handshake, refusal)
    assert len(await bench.store.handshakes("CP-1")) == 1


@on_bench(unknown_stations="pending")
async def test_strangers_that_come_and_go_do_not_fill_the_memory(bench: Bench) -> None:
    for number in range(50):
        bench.connect(f"CP-{number}").leave()
    assert len(bench.central_system._known) == len(bench.central_system._policies) == 0

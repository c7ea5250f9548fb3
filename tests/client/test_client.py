"""The typed client against the real application."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from chargeproof.acceptance.profile import Profile
from chargeproof.client import ApiError, Client, NoAnswer
from chargeproof.client.connection import Connection
from chargeproof.errors import UsageError
from chargeproof.ocpp import RegistrationStatus
from chargeproof.resources.files import FileJob, FileJobWanted
from chargeproof.resources.id_tags import IdTagWanted
from chargeproof.testbed.run_state import StartRun
from chargeproof.testing.virtual_time import run_virtual
from chargeproof.web.people.roles import Role
from tests.client.bench import client_of, served, with_password, with_station
from tests.web.bench import web_bench


def test_a_command_is_sent_and_its_answer_comes_back_typed() -> None:
    async def main() -> None:
        async with served() as (bench, client):
            name = await with_station(bench, client)
            command = await client.commands.send(name, "TriggerMessage", {"requestedMessage": "Heartbeat"})
            assert (command.state, command.charge_point_id) == ("accepted", name)
            assert (await client.commands.get(name, command.command_id)).state == "accepted"
            await bench.office.store.flush()
            assert [each.action async for each in client.commands.list(name)] == ["TriggerMessage"]
            assert "Reset" in {each.action for each in await client.commands.schemas()}
            assert any(each.available for each in await client.commands.available(name))

    run_virtual(main())


def test_stations_connectors_and_admission() -> None:
    async def main() -> None:
        async with served() as (bench, client):
            name = await with_station(bench, client, "ACME-1:A|B")
            await bench.office.store.flush()
            assert [each.charge_point_id async for each in client.charge_points.list(online=True)] == [name]
            assert {each.connector_id for each in await client.charge_points.connectors(name)} >= {0, 1}
            told = await client.charge_points.admit("NEVER SEEN 50%?", RegistrationStatus.ACCEPTED)
            assert told.charge_point_id == "NEVER SEEN 50%?"
            await client.charge_points.set_password(name, "0123456789abcdef0123")
            await bench.office.store.flush()
            assert (await client.charge_points.get(name)).security.password_set
            await client.charge_points.remove_password(name)
            assert not (await client.charge_points.get(name)).security.password_set

    run_virtual(main())


def test_lists_are_read_page_by_page_and_messages_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chargeproof.client.connection.PAGE", 3)

    async def main() -> list[int]:
        async with served() as (bench, client):
            name = await with_station(bench, client)
            await bench.office.clock.sleep(900)
            await bench.office.store.flush()
            numbers = [message.number async for message in client.messages.list(name)]
            assert (await client.messages.get(name, numbers[0])).number == numbers[0]
            return numbers

    numbers = run_virtual(main())
    assert len(numbers) > 6
    assert numbers == sorted(set(numbers), reverse=True)


def test_configuration_is_read_changed_and_compared() -> None:
    async def main() -> None:
        async with served() as (bench, client):
            name = await with_station(bench, client)
            before = await client.configurations.read(name)
            assert any(each.key == "HeartbeatInterval" for each in before.items)
            changed = await client.configurations.change(name, {"HeartbeatInterval": "77"})
            assert [(each.key, each.applied, each.value) for each in changed.items] == [
                ("HeartbeatInterval", True, "77")
            ]
            other = await with_station(bench, client, "OTHER-1")
            await client.configurations.read(other)
            found = await client.configurations.differences(other, f"station:{name}")
            assert "HeartbeatInterval" in {each.key for each in found.items}
            applied = await client.configurations.apply(other, f"station:{name}", "HeartbeatInterval")
            assert [each.value for each in applied.items] == ["77"]

    run_virtual(main())


def test_id_tags_are_kept_and_imported() -> None:
    async def main() -> None:
        async with served() as (_, client):
            await client.id_tags.put("CARD-1", IdTagWanted(note="the blue one"))
            imported = await client.id_tags.import_csv(b"id_tag,status\nCARD-2,Blocked\n")
            assert imported.added == 1
            assert [each.id_tag async for each in client.id_tags.list()] == ["CARD-1", "CARD-2"]
            assert (await client.id_tags.get("CARD-1")).note == "the blue one"
            assert b"CARD-2,Blocked" in await client.id_tags.export_csv()
            await client.id_tags.delete("CARD-1")
            with pytest.raises(ApiError) as refused:
                await client.id_tags.get("CARD-1")
            assert refused.value.status == 404

    run_virtual(main())


def test_transactions_and_what_was_measured() -> None:
    async def main() -> None:
        async with served() as (bench, client):
            await client.id_tags.put("CARD-1")
            name = await with_station(bench, client)
            await client.simulated_stations.act(name, "plug_in")
            await client.simulated_stations.act(name, "present_card", id_tag="CARD-1")
            await bench.office.clock.sleep(600)
            await client.simulated_stations.act(name, "present_card", id_tag="CARD-1")
            await bench.office.clock.sleep(60)
            await bench.office.store.flush()
            (transaction,) = [each async for each in client.transactions.list(charge_point_id=name)]
            assert not transaction.open
            assert (await client.transactions.get(transaction.transaction_id)) == transaction
            assert (await client.transactions.meter_values(transaction.transaction_id)).samples

    run_virtual(main())


def test_firmware_goes_out_and_diagnostics_come_in(tmp_path: Path) -> None:
    (tmp_path / "fw.bin").write_bytes(b"firmware" * 1000)

    async def main() -> FileJob:
        async with served() as (bench, client):
            name = await with_station(bench, client)
            kept = await client.files.upload_firmware(tmp_path / "fw.bin")
            assert [each.name for each in await client.files.firmware()] == [kept.name]
            await client.files.delete_firmware(kept.name)
            begun = await client.files.start_job(name, FileJobWanted(kind="diagnostics"))
            await bench.office.clock.sleep(120)
            await bench.office.store.flush()
            job = await client.files.job(begun.job_id)
            (listed,) = [each async for each in client.files.jobs(charge_point_id=name)]
            assert listed.job_id == job.job_id
            await client.files.save(job.job_id, job.files[0].name, tmp_path / "left")
            return job

    job = run_virtual(main())
    assert (tmp_path / "left").stat().st_size == job.files[0].size


def test_a_run_is_started_followed_to_its_end_overruled_and_its_report_fetched(tmp_path: Path) -> None:
    async def main() -> None:
        async with served() as (_, client):
            start = StartRun(
                charge_point_id="RUN-1", site="simulated", model="lawful", functions=(3,), profile=Profile()
            )
            begun = await client.runs.start(start)
            states = [state async for state in client.runs.follow(begun.id)]
            assert (states[-1].ending, states[-1].has_report) == ("completed", True)
            assert [each.revision for each in states] == sorted({each.revision for each in states})
            assert [each.id async for each in client.runs.list()] == [begun.id]
            check = next(each for each in states[-1].functions if each.number == 3).checks[0]
            overruled = await client.runs.overrule(begun.id, check.id, "fail", "The display was dark.")
            assert overruled.overrulings == 1
            assert [each.check for each in await client.runs.overrulings(begun.id)] == [check.id]
            assert (await client.runs.report(begun.id, "pdf")).startswith(b"%PDF")
            record = await client.runs.record(begun.id)
            assert b'"functions"' in await client.runs.judge(record)
            names = [path.name for path in await client.runs.save_all(begun.id, tmp_path)]
            assert names[0] == "record.jsonl"
            assert len(names) == 7
            assert (await client.runs.models())[0].run == begun.id

    run_virtual(main())


def test_a_run_is_stopped_and_a_prompt_that_has_gone_is_a_409() -> None:
    async def main() -> None:
        async with served() as (bench, client):
            name = await with_station(bench, client)
            start = StartRun(charge_point_id=name, site="person", functions=(11,), profile=Profile())
            begun = await client.runs.start(start)
            async for state in client.runs.follow(begun.id):
                if state.prompt is not None:
                    break
            assert state.prompt is not None
            with pytest.raises(ApiError) as late:
                await client.runs.answer(begun.id, state.prompt.id + 5, "done")
            assert late.value.status == 409
            await client.runs.answer(begun.id, state.prompt.id, "cannot", "it is raining")
            assert (await client.runs.stop(begun.id)).says
            ended = [each async for each in client.runs.follow(begun.id)][-1]
            assert ended.ending in ("stopped", "completed")

    run_virtual(main())


def test_a_refusal_is_an_error_with_a_sentence_and_a_remedy() -> None:
    async def main() -> ApiError:
        async with served(Role.VIEWER) as (_, client):
            with pytest.raises(ApiError) as refused:
                await client.simulated_stations.start()
            return refused.value

    error = run_virtual(main())
    assert (error.status, error.title) == (403, "Not allowed")
    assert "takes the role tester" in error.what
    assert error.remedy
    assert str(error).startswith("POST http://127.0.0.1:8080/api/v1/simulated-stations: ")


def test_a_name_and_a_password_open_a_session_that_ends_with_the_client() -> None:
    async def main() -> tuple[str, str, int]:
        async with web_bench() as bench:
            async with with_password(bench, Role.TESTER) as client:
                me = await client.me()
                await client.simulated_stations.start("MINE-1")
            async with client_of(bench) as client:
                left = len(await client.simulated_stations.list())
            return me.name, me.via, left

    assert run_virtual(main()) == ("tester", "session", 1)


def test_a_wrong_password_and_a_wrong_token_are_refused() -> None:
    async def main() -> list[int]:
        async with web_bench() as bench:
            found = []
            for how in ({"token": "cp_wrong"}, {"name": "tester", "password": "wrong-horse"}):
                transport = httpx.ASGITransport(app=bench.app)  # type: ignore[arg-type]
                with pytest.raises(ApiError) as refused:
                    async with Client("http://127.0.0.1:8080", transport=transport, **how) as client:
                        await client.me()
                found.append(refused.value.status)
            return found

    assert run_virtual(main()) == [401, 401]


class Flaky(httpx.AsyncBaseTransport):
    """Lets every second request through; the others are carried out, and their answers are lost."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self.inner = inner
        self.asked = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        response = await self.inner.handle_async_request(request)
        if self.asked % 2:
            raise httpx.ReadError("the line broke")
        return response


def test_what_is_sent_again_over_a_bad_line_is_done_once() -> None:
    async def main() -> tuple[int, int]:
        async with web_bench() as bench:
            flaky = Flaky(httpx.ASGITransport(app=bench.app))  # type: ignore[arg-type]
            token = bench.tokens[Role.OPERATOR]
            async with Client("http://cp", token=token, transport=flaky, patience_s=30) as client:
                await client.simulated_stations.start()
            return flaky.asked, len(bench.office.simulated.ids())

    assert run_virtual(main()) == (2, 1)


def test_a_server_that_is_not_there_is_told_with_its_address() -> None:
    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    async def main() -> str:
        async with Client("http://cp:1", token="cp_x", transport=httpx.MockTransport(away)) as client:
            with pytest.raises(NoAnswer) as told:
                await client.me()
        return str(told.value)

    assert run_virtual(main()).startswith("http://cp:1: the server does not answer: refused")


@pytest.mark.parametrize("content", [b"<html>hello</html>", b'{"name": 3}'])
@pytest.mark.parametrize("status", [200, 404])
def test_what_is_no_chargeproof_server_is_told(content: bytes, status: int) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(status, content=content))

    async def main() -> None:
        async with Client("http://cp", token="cp_x", transport=transport) as client:
            with pytest.raises(NoAnswer, match="chargeproof server"):
                await client.me()

    run_virtual(main())


@pytest.mark.parametrize("address", ["127.0.0.1:8080", "ftp://cp", "http://", "http://ada:secret@cp"])
def test_a_wrong_address_is_a_usage_error_that_repeats_no_password(address: str) -> None:
    with pytest.raises(UsageError) as told:
        Connection(address, token="cp_x")
    assert "secret" not in str(told.value)


def test_a_token_and_a_name_do_not_go_together() -> None:
    wrong: list[dict[str, Any]] = [{}, {"token": "a", "name": "b", "password": "c"}, {"name": "b"}]
    for how in wrong:
        with pytest.raises(UsageError):
            Connection("http://cp", **how)

"""What every store must do: one check for each promise of `store.ports.Store`."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import msgspec

from chargeproof.ocpp import AuthorizationStatus, RegistrationStatus
from chargeproof.store import Store
from chargeproof.store.records import (
    BaselineRecord,
    BootRecord,
    CommandRecord,
    ConfigurationRecord,
    ConnectionRecord,
    ConnectorStatusRecord,
    ExchangeRecord,
    FileJobRecord,
    FileTransferRecord,
    FlagRecord,
    HandshakeRecord,
    IdTagDecision,
    IdTagRecord,
    MeterValueRecord,
    ProgressRecord,
    StartRecord,
    StopRecord,
)
from chargeproof.testing.expectations import ContractBroken, expect
from chargeproof.testing.store_security_contract import (
    requests_are_counted_up_and_found_in_their_progress,
    security_events_come_back_as_they_were,
)
from chargeproof.trace import SecuritySeen

NOW = datetime(2026, 1, 1, 12, 30, 15, 123456, tzinfo=UTC)
STATION = "CP-1"


def a_start(**changes: object) -> StartRecord:
    start = StartRecord(
        charge_point_id=STATION,
        connector_id=1,
        id_tag="CARD",
        meter_start_wh=100,
        started_text="2026-01-01T12:00:00Z",
        started_at=datetime(2026, 1, 1, 12, tzinfo=UTC),
        start_received_at=NOW,
        start_unique_id="start-1",
        id_tag_status=AuthorizationStatus.ACCEPTED,
    )
    return msgspec.structs.replace(start, **changes)


def a_stop(transaction_id: int | None, **changes: object) -> StopRecord:
    stop = StopRecord(
        charge_point_id=STATION,
        told_transaction_id=transaction_id,
        unique_id="stop-1",
        stopped_text="2026-01-01T13:00:00Z",
        stopped_at=datetime(2026, 1, 1, 13, tzinfo=UTC),
        stop_received_at=NOW + timedelta(hours=1),
        meter_stop_wh=900,
        reason="Local",
        id_tag="CARD",
        id_tag_status=AuthorizationStatus.ACCEPTED,
    )
    return msgspec.structs.replace(stop, **changes)


async def callbacks_come_after_the_writes_before_them(store: Store) -> None:
    told: list[object] = []
    store.when_durable(told.append)
    expect(told, [None], "with nothing to write, the callback comes at once")
    store.record_seen(STATION, NOW)
    store.when_durable(told.append)
    expect(told, [None], "a write is not durable before its commit")
    await store.flush()
    expect(told, [None, None], "a flush returns after the callbacks of earlier writes")
    expect(store.health().error, None, "a healthy store has no error")


async def a_station_keeps_what_is_known_of_it(store: Store) -> None:
    expect(await store.charge_point(STATION), None, "an unknown station")
    store.record_seen(STATION, NOW, clock_offset_s=1.5)
    store.record_boot(_boot(NOW + timedelta(seconds=1), RegistrationStatus.PENDING))
    store.record_boot(_boot(NOW + timedelta(seconds=2), RegistrationStatus.ACCEPTED))
    store.record_boot(_boot(NOW + timedelta(seconds=3), RegistrationStatus.ACCEPTED))
    await store.flush()
    found = await store.charge_point(STATION)
    if found is None:
        raise ContractBroken("a station that was seen is not known")
    expect(found.first_seen_at, NOW, "first seen")
    expect(found.last_seen_at, NOW + timedelta(seconds=3), "last seen")
    expect(found.accepted_at, NOW + timedelta(seconds=2), "the first Accepted")
    expect((found.vendor, found.iccid, found.clock_offset_s), ("Maker", None, 1.5), "boot data and offset")
    await store.admit(STATION, RegistrationStatus.REJECTED, NOW)
    await store.set_credential(STATION, b"digest", NOW)
    stranger = await store.admit("CP-2", RegistrationStatus.ACCEPTED, NOW)
    expect(stranger.admitted, RegistrationStatus.ACCEPTED, "an unknown station can be admitted")
    found = await store.charge_point(STATION)
    kept = (found.admitted, found.credential) if found else None
    expect(kept, (RegistrationStatus.REJECTED, b"digest"), "decision and credential")
    await store.set_credential(STATION, b"digest", NOW, following=b"next")
    await store.set_security_profile(STATION, 1, NOW, asked=2)
    found = await store.charge_point(STATION)
    credentials = (found.credential, found.next_credential) if found else None
    expect(credentials, (b"digest", b"next"), "the password and the one that follows it")
    profiles = (found.security_profile, found.asked_security_profile) if found else None
    expect(profiles, (1, 2), "the security profile and the one that was asked for")
    expect([item.charge_point_id for item in await store.charge_points()], [STATION, "CP-2"], "all stations")


async def a_start_is_kept_exactly_once(store: Store) -> None:
    first = await store.begin_transaction(a_start())
    if first.transaction.transaction_id <= 0:
        raise ContractBroken("a transaction id must be positive")
    again = await store.begin_transaction(a_start(start_unique_id="start-2", id_tag_status="Blocked"))
    expect((again.repeated, again.transaction), (True, first.transaction), "the same start again")
    expect(await store.find_start(a_start(start_unique_id="start-3")), first.transaction, "finding a start")
    for change in (
        {"connector_id": 2},
        {"id_tag": "OTHER"},
        {"meter_start_wh": 101},
        {"charge_point_id": "X"},
    ):
        other = await store.begin_transaction(a_start(**change))
        expect(other.repeated, False, f"a start with another {change}")
    ids = [item.transaction_id for item in await store.transactions()]
    expect(len(set(ids)), 5, "ids are never given twice")
    expect(ids, sorted(ids, reverse=True), "newest first")


async def a_start_without_a_usable_time_is_known_by_its_message_id(store: Store) -> None:
    blank = a_start(started_text=None, started_at=None)
    first = await store.begin_transaction(blank)
    again = await store.begin_transaction(blank)
    expect(again.transaction.transaction_id, first.transaction.transaction_id, "the same message")
    other = await store.begin_transaction(msgspec.structs.replace(blank, start_unique_id="start-2"))
    expect(other.repeated, False, "another message without a time")
    unset = {"started_text": "1970-01-01T00:00:00Z", "started_at": datetime(1970, 1, 1, tzinfo=UTC)}
    early = await store.begin_transaction(a_start(**unset))
    again = await store.begin_transaction(a_start(**unset, start_unique_id="start-2"))
    expect(again.repeated, True, "the same start while its transaction runs")
    await store.end_transaction(a_stop(early.transaction.transaction_id))
    later = await store.begin_transaction(a_start(**unset, start_unique_id="start-3"))
    expect(later.repeated, False, "a clock never set cannot tell a new start from an old one that has ended")


async def a_stop_ends_its_transaction_once(store: Store) -> None:
    begun = (await store.begin_transaction(a_start())).transaction
    expect(await store.open_transaction_elsewhere("card", "X", 1), begun, "in use, whatever the tag's case")
    expect(await store.open_transaction_elsewhere("CARD", STATION, 1), None, "not in use elsewhere")
    first = await store.end_transaction(a_stop(begun.transaction_id))
    ended = first.transaction
    readings = (ended.meter_stop_wh, ended.stop_reason) if ended else None
    expect((first.repeated, readings), (False, (900, "Local")), "the first stop")
    again = await store.end_transaction(
        a_stop(begun.transaction_id, unique_id="stop-2", meter_stop_wh=1, id_tag_status="Blocked")
    )
    expect((again.repeated, again.stop), (True, first.stop), "a stop again keeps the first answer")
    expect(again.transaction, ended, "a stop again changes nothing")
    expect(await store.open_transaction_elsewhere("CARD", "X", 1), None, "not in use any more")
    expect(await store.transactions(STATION, open_only=True), [], "nothing is open at the station")
    expect([item.repeated for item in await store.stops(STATION)], [True, False], "every copy is kept")


async def stops_of_nothing_are_kept(store: Store) -> None:
    foreign = (await store.begin_transaction(a_start(charge_point_id="CP-2"))).transaction
    for told in (None, 0, -1, 2**40, foreign.transaction_id):
        ended = await store.end_transaction(a_stop(told))
        expect((ended.transaction, ended.repeated), (None, False), f"a stop of {told}")
    again = await store.end_transaction(a_stop(-1, unique_id="other"))
    expect(again.repeated, True, "the same stop of nothing")
    found = await store.transaction(foreign.transaction_id)
    expect(found, foreign, "the transaction of another station is left alone")


async def id_tags_are_compared_without_case(store: Store) -> None:
    tag = IdTagRecord(id_tag="Card", expires_at=NOW, parent_id_tag="FLEET", note="n")
    await store.put_id_tag(tag)
    expect(await store.id_tag("cARD"), tag, "a tag in another case")
    await store.put_id_tag(IdTagRecord(id_tag="CARD", status=AuthorizationStatus.BLOCKED))
    found = await store.id_tags()
    expect([item.status for item in found], [AuthorizationStatus.BLOCKED], "a tag replaced")
    expect(await store.remove_id_tag("card"), True, "removing a tag")
    expect(await store.remove_id_tag("card"), False, "removing nothing")
    expect(await store.id_tag("CARD"), None, "a removed tag")


async def traffic_comes_back_as_it_was(store: Store) -> None:
    handshake = HandshakeRecord(
        at=NOW,
        charge_point_id=STATION,
        path="/ocpp/CP-1",
        offered=("ocpp1.6", "x"),
        chosen="ocpp1.6",
        authentication="none",
        tls=None,
        remote="127.0.0.1:1",
        outcome="accepted",
        http_status=101,
        security=SecuritySeen(profile=3, server_certificate="ECDSA", client_expires_at=NOW),
    )
    store.record_handshake(handshake)
    exchange = ExchangeRecord(
        charge_point_id=STATION,
        connection=1,
        caller="charge_point",
        outcome="answered",
        requested_at=NOW,
        answered_at=NOW,
        unique_id="1",
        action="Heartbeat",
        request_text='[2,"1","Heartbeat",{}]',
        answer_text="[3]",
        clock_offset_s=-0.5,
    )
    store.record_exchange(exchange)
    odd = msgspec.structs.replace(exchange, action=None, unique_id="\udc80\x00é", raw=b"\xff\x00")
    store.record_exchange(odd)
    await store.flush()
    expect(await store.handshakes(STATION), [handshake], "a handshake")
    expect(await store.exchanges(STATION, action="Heartbeat"), [exchange], "an exchange")
    newest = (await store.exchanges(limit=1))[0]
    expect((newest.raw, newest.action), (b"\xff\x00", None), "a text of no use, newest first")
    expect(await store.exchanges("CP-2"), [], "the traffic of another station")


async def connections_are_numbered_and_closed(store: Store) -> None:
    expect(await store.last_connection(), 0, "no connection yet")
    opened = ConnectionRecord(connection=7, charge_point_id=STATION, opened_at=NOW)
    closed = msgspec.structs.replace(opened, closed_at=NOW, close_code=1006, closed_by="network")
    store.record_connection(opened)
    store.record_connection(closed)
    await store.flush()
    expect(await store.connections(STATION), [closed], "a closed connection replaces the open one")
    expect(await store.last_connection(), 7, "the last number")


async def the_last_status_and_its_history_are_kept(store: Store) -> None:
    for status in ("Available", "Preparing"):
        for connector_id in (0, 1):
            store.record_status(
                ConnectorStatusRecord(
                    charge_point_id=STATION,
                    connector_id=connector_id,
                    status=status,
                    error_code="NoError",
                    received_at=NOW,
                )
            )
    await store.flush()
    last = [(item.connector_id, item.status) for item in await store.connector_statuses(STATION)]
    expect(last, [(0, "Preparing"), (1, "Preparing")], "the last status of each connector")
    history = [item.status for item in await store.status_history(STATION, 1)]
    expect(history, ["Preparing", "Available"], "the history of one connector")


async def the_rest_comes_back_as_it_was(store: Store) -> None:
    value = MeterValueRecord(
        charge_point_id=STATION,
        connector_id=1,
        transaction_id=5,
        received_at=NOW,
        timestamp_text="x",
        measured_at=None,
        source="MeterValues",
        sampled=[{"value": "1", "unit": "Hz"}],
    )
    decision = IdTagDecision(
        at=NOW, charge_point_id=STATION, action="Authorize", id_tag="T", status="Invalid"
    )
    flag = FlagRecord(
        charge_point_id=STATION,
        connection=1,
        unique_id="1",
        action="Authorize",
        rule="missing",
        where="$.idTag",
        value="null",
        at=NOW,
    )
    progress = ProgressRecord(charge_point_id=STATION, subject="firmware", status="Idle", received_at=NOW)
    job = FileJobRecord(
        job_id="j", charge_point_id=STATION, kind="upload", scheme="ftp", url="ftp://host/", opened_at=NOW
    )
    transfer = FileTransferRecord(job_id="j", charge_point_id=STATION, at=NOW, event="upload", size=3)
    store.record_meter_values([value])
    store.record_decision(decision)
    store.record_flags([flag])
    store.record_progress(progress)
    store.record_job(job)
    store.record_transfer(transfer)
    await store.flush()
    expect(await store.meter_values(STATION, 5), [value], "meter values")
    expect(await store.meter_values(STATION, 6), [], "meter values of another transaction")
    expect(await store.decisions(STATION), [decision], "decisions")
    expect(await store.flags(STATION), [flag], "flags")
    expect(await store.progress(STATION), [progress], "progress")
    expect((await store.jobs(STATION), await store.transfers("j")), ([job], [transfer]), "file jobs")


async def configuration_and_commands_keep_their_last_state(store: Store) -> None:
    key = ConfigurationRecord(
        charge_point_id=STATION, key="HeartbeatInterval", value="60", readonly=False, known=True, read_at=NOW
    )
    changed = msgspec.structs.replace(key, value="30")
    store.record_configuration([key])
    store.record_configuration([changed])
    queued = CommandRecord(
        command_id="c",
        charge_point_id=STATION,
        unique_id="1",
        action="Reset",
        payload_text="{}",
        state="queued",
        priority=0,
        queued_at=NOW,
    )
    store.record_command(queued)
    await store.flush()
    expect(await store.configuration(STATION), [changed], "a key as last read")
    expect(await store.interrupted_commands(), [queued], "a command on its way")
    done = msgspec.structs.replace(queued, state="accepted", ended_at=NOW)
    store.record_command(done)
    await store.flush()
    expect(await store.commands(STATION), [done], "a command that came to its end")
    expect(await store.interrupted_commands(), [], "no command on its way")


async def expected_configuration_is_kept_by_name(store: Store) -> None:
    baseline = BaselineRecord(
        name="fleet",
        vendor="Maker",
        model=None,
        firmware_version=None,
        keys={"HeartbeatInterval": "60"},
        note="",
        changed_at=NOW,
        changed_by="ada",
    )
    await store.put_baseline(baseline)
    changed = msgspec.structs.replace(baseline, keys={"HeartbeatInterval": "30"})
    await store.put_baseline(changed)
    expect(await store.baselines(), [changed], "a baseline as last put")
    await store.put_baseline(msgspec.structs.replace(baseline, name="other"))
    expect(await store.remove_baseline("other"), True, "a baseline that was there")
    expect(await store.remove_baseline("other"), False, "a baseline that was not")


async def old_history_can_be_pruned(store: Store) -> None:
    begun = (await store.begin_transaction(a_start())).transaction
    for day in (0, 10):
        store.record_status(
            ConnectorStatusRecord(
                charge_point_id=STATION,
                connector_id=1,
                status="Available",
                error_code="NoError",
                received_at=NOW + timedelta(days=day),
            )
        )
    expect(await store.prune(NOW + timedelta(days=5)), 1, "rows pruned")
    expect(len(await store.status_history(STATION)), 1, "what is left")
    expect(await store.transaction(begun.transaction_id), begun, "transactions stay")


def _boot(at: datetime, registration: RegistrationStatus) -> BootRecord:
    return BootRecord(
        charge_point_id=STATION, booted_at=at, registration=registration, vendor="Maker", model="Model"
    )


STORE_CHECKS: tuple[Callable[[Store], Awaitable[None]], ...] = (
    callbacks_come_after_the_writes_before_them,
    a_station_keeps_what_is_known_of_it,
    a_start_is_kept_exactly_once,
    a_start_without_a_usable_time_is_known_by_its_message_id,
    a_stop_ends_its_transaction_once,
    stops_of_nothing_are_kept,
    id_tags_are_compared_without_case,
    traffic_comes_back_as_it_was,
    connections_are_numbered_and_closed,
    the_last_status_and_its_history_are_kept,
    the_rest_comes_back_as_it_was,
    configuration_and_commands_keep_their_last_state,
    expected_configuration_is_kept_by_name,
    old_history_can_be_pruned,
    security_events_come_back_as_they_were,
    requests_are_counted_up_and_found_in_their_progress,
)

"""What every store must do with what the security extension brings."""

from datetime import UTC, datetime, timedelta

import msgspec

from chargeproof.store import Store
from chargeproof.store.records import FileJobRecord, ProgressRecord, SecurityEventRecord
from chargeproof.testing.expectations import expect

NOW = datetime(2026, 1, 1, 12, 30, 15, 123456, tzinfo=UTC)
STATION = "CP-1"


async def security_events_come_back_as_they_were(store: Store) -> None:
    event = SecurityEventRecord(
        charge_point_id=STATION,
        type="StartupOfTheDevice",
        critical=True,
        received_at=NOW,
        timestamp_text="2026-01-01T12:30:00Z",
        happened_at=NOW - timedelta(seconds=15),
    )
    unheard_of = msgspec.structs.replace(event, type="LidOpened", critical=False, tech_info="tamper")
    for each in (event, unheard_of):
        store.record_security_event(each)
    await store.flush()
    expect(await store.security_events(STATION), [unheard_of, event], "security events, newest first")
    expect(await store.security_events(), [unheard_of, event], "those of all stations")
    expect(await store.security_events("CP-2"), [], "those of another station")


async def requests_are_counted_up_and_found_in_their_progress(store: Store) -> None:
    job = FileJobRecord(
        job_id="log", charge_point_id=STATION, kind="upload", scheme="http", url="http://h/", opened_at=NOW
    )
    store.record_job(job)
    await store.flush()
    expect(await store.last_request_id(), 0, "the last request id before there is one")
    store.record_job(msgspec.structs.replace(job, request_id=5))
    told = ProgressRecord(
        charge_point_id=STATION, subject="log", status="Uploaded", received_at=NOW, request_id=5
    )
    store.record_progress(told)
    await store.flush()
    expect(await store.last_request_id(), 5, "the last request id")
    expect((await store.jobs(STATION))[0].request_id, 5, "the request of the job")
    expect(await store.progress(STATION), [told], "progress with its request")

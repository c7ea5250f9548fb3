"""Lints about statuses, transactions, commands, files and order: one that commits it, one that comes near."""

from datetime import timedelta

import pytest

from chargeproof.acceptance.lints import LINTS
from chargeproof.ocpp import (
    AvailabilityStatus,
    AvailabilityType,
    ChangeAvailability,
    ChangeAvailabilityConf,
    DiagnosticsStatus,
    DiagnosticsStatusNotification,
    FirmwareStatus,
    FirmwareStatusNotification,
    GetDiagnostics,
    GetDiagnosticsConf,
    MessageTrigger,
    Reason,
    RegistrationStatus,
    RemoteStartStopStatus,
    RemoteStopTransaction,
    RemoteStopTransactionConf,
    Reset,
    ResetConf,
    ResetStatus,
    ResetType,
    TriggerMessage,
    TriggerMessageConf,
    TriggerMessageStatus,
    UnlockConnector,
    UnlockConnectorConf,
    UnlockStatus,
    UpdateFirmware,
    UpdateFirmwareConf,
)
from chargeproof.trace import PingUnanswered
from tests.acceptance import test_lints
from tests.acceptance.lint_scenes import Play, Scene, raised, times


def _availability(
    s: Scene, kind: AvailabilityType, connector_id: int, status: AvailabilityStatus | None
) -> int:
    conf = None if status is None else ChangeAvailabilityConf(status=status)
    return s.we(ChangeAvailability(connector_id=connector_id, type=kind), conf)


def _available_in_session(s: Scene, *, at_the_end: bool) -> None:
    s.start()
    s.wait(60)
    if not at_the_end:
        s.status(1, "Available")
        s.wait(60)
    else:
        s.status(1, "Available")
    s.stop()


def _available_first(s: Scene, *statuses: str) -> None:
    _availability(s, AvailabilityType.INOPERATIVE, 1, AvailabilityStatus.ACCEPTED)
    for status in statuses:
        s.status(1, status)


def _reset(s: Scene, kind: ResetType) -> None:
    s.we(Reset(type=kind), ResetConf(status=ResetStatus.ACCEPTED))
    s.status(1, "Unavailable")
    s.closed()


def _unknown_id(s: Scene, transaction_id: int, *, outage: bool = False) -> None:
    if outage:
        s.reach(False)
        s.closed(by="network")
        s.wait(60)
        s.reach(True)
        s.connect()
    else:
        s.start(7)
    s.stop(transaction_id)


def _reported_late(s: Scene, late_s: float) -> None:
    s.wait(400)
    s.start(at=s.now - timedelta(seconds=late_s))
    s.wait(1)
    s.stop()


def _finishing(s: Scene, status: str) -> None:
    s.status(1, status)
    s.remote_start(status="Rejected")


def _again(s: Scene, *, cut: bool) -> None:
    at = s.now
    s.start(7, at=at)
    s.wait(0.5)
    if cut:
        s.closed(by="network")
        s.connect()
    else:
        s.wait(5)
    s.start(7, at=at)


def _two_transactions(s: Scene) -> None:
    s.start(7)
    s.stop(7)
    s.wait(9)
    s.start(8)
    s.stop(8, wh=3000)


def _stopped_twice(s: Scene) -> None:
    s.start(7)
    s.stop(7)
    s.wait(5)
    s.stop(7)


def _remote_stop(s: Scene, stops: int | None, status: str = "Accepted") -> None:
    s.start(7)
    s.we(
        RemoteStopTransaction(transaction_id=7),
        RemoteStopTransactionConf(status=RemoteStartStopStatus(status)),
    )
    if stops is not None:
        s.stop(stops)
    s.outlive()


def _stops_at_once(s: Scene, seconds: float, reason: Reason) -> None:
    s.remote_start()
    s.start()
    s.wait(seconds)
    s.stop(reason=reason)


def _trigger(
    s: Scene, wanted: MessageTrigger, status: TriggerMessageStatus, connector_id: int | None = None
) -> None:
    request = TriggerMessage(requested_message=wanted, connector_id=connector_id)
    s.we(request, TriggerMessageConf(status=status))


def _trigger_all(s: Scene, *connectors: int) -> None:
    for connector_id in (0, 1, 2):
        s.status(connector_id, "Available")
    s.wait(60)
    _trigger(s, MessageTrigger.STATUS_NOTIFICATION, TriggerMessageStatus.ACCEPTED)
    for connector_id in connectors:
        s.status(connector_id, "Available")
    s.outlive()


def _trigger_boot(s: Scene, drops_after_s: float) -> None:
    _trigger(s, MessageTrigger.BOOT_NOTIFICATION, TriggerMessageStatus.ACCEPTED)
    s.boot()
    s.wait(drops_after_s)
    s.closed()


def _pinged(s: Scene, *, lives: bool) -> None:
    s.entry(PingUnanswered, connection=s.connection)
    if lives:
        s.heartbeat()
    else:
        s.closed(by="network")


def _unanswered(s: Scene, *, answered: bool) -> None:
    conf = UnlockConnectorConf(status=UnlockStatus.UNLOCKED) if answered else None
    s.we(UnlockConnector(connector_id=1), conf)
    s.outlive()


def _heartbeats(s: Scene, told: int, seconds: float) -> None:
    s.boot(interval=told)
    times(5, lambda: (s.wait(seconds), s.heartbeat()))


def _firmware(s: Scene, *statuses: FirmwareStatus, then_s: float = 0) -> None:
    s.we(UpdateFirmware(location="http://h/f", retrieve_date=s.now), UpdateFirmwareConf())
    for status in statuses:
        s.wait(1)
        s.station(FirmwareStatusNotification(status=status))
    s.outlive(then_s)


def _diagnostics(s: Scene, count: int) -> None:
    s.we(GetDiagnostics(location="ftp://h/d"), GetDiagnosticsConf(file_name="a"))
    for status in [DiagnosticsStatus.UPLOADING] * count + [DiagnosticsStatus.UPLOADED]:
        s.wait(1)
        s.station(DiagnosticsStatusNotification(status=status))


def _resent(s: Scene, count: int) -> None:
    for _ in range(count):
        s.station("MeterValues", "InternalError", payload='{"connectorId":1,"meterValue":[]}')
        s.wait(1)


def _pending(s: Scene, seconds: float) -> None:
    for _ in range(3):
        s.boot(status=RegistrationStatus.PENDING, interval=60)
        s.wait(seconds)


def _raw_status(s: Scene, **fields: str) -> int:
    given = {"errorCode": "NoError", "status": "Available"} | fields
    inner = ",".join(f'"{name}":"{value}"' for name, value in given.items())
    return s.station("StatusNotification", payload=f'{{"connectorId":1,{inner}}}')


def _statuses(s: Scene, *statuses: str, boot_between: bool = False) -> None:
    for status in statuses:
        s.status(1, status)
        if boot_between:
            s.boot()


def _reconnected_before_boot(s: Scene, *, first: str) -> None:
    s.closed()
    s.opened()
    if first == "status":
        s.status(1, "Available")
    s.boot()


def _two_calls(s: Scene, *, waits: bool) -> None:
    s.text("charge_point", '[2,"p","Heartbeat",{}]')
    if waits:
        s.text("central_system", '[3,"p",{"currentTime":"2026-11-23T06:00:00Z"}]')
    s.text("charge_point", '[2,"q","Heartbeat",{}]')
    s.text("central_system", '[3,"q",{"currentTime":"2026-11-23T06:00:00Z"}]')


def _answers(s: Scene, *ids: str) -> None:
    s.text("central_system", '[2,"mine","ClearCache",{}]')
    for unique_id in ids:
        s.text("charge_point", f'[3,"{unique_id}",{{"status":"Accepted"}}]')


def _ids(s: Scene, payload: str) -> None:
    s.station("Authorize", payload='{"idTag":"A"}', unique_id="same")
    s.station("Authorize", payload=payload, unique_id="same")


REFUSED, TAKEN = AvailabilityStatus.REJECTED, AvailabilityStatus.ACCEPTED
OPERATIVE = AvailabilityType.OPERATIVE
TRIGGERED, UNTRIGGERED = TriggerMessageStatus.ACCEPTED, TriggerMessageStatus.REJECTED
F = FirmwareStatus

CASES: list[tuple[str, str, Play, Play]] = [
    (
        "L-15",
        "unknown code",
        lambda s: _raw_status(s, errorCode="Error"),
        lambda s: _raw_status(s, errorCode="OtherError"),
    ),
    (
        "L-15",
        "info null",
        lambda s: _raw_status(s, info="null"),
        lambda s: _raw_status(s, info="nullified relay"),
    ),
    (
        "L-15",
        "a code of zeroes",
        lambda s: _raw_status(s, vendorErrorCode="0x0000"),
        lambda s: _raw_status(s, vendorErrorCode="0x0104"),
    ),
    ("L-16", "transaction 0", lambda s: s.meter(0), lambda s: s.meter(None)),
    ("L-16", "-1 without an outage", lambda s: _unknown_id(s, -1), lambda s: _unknown_id(s, -1, outage=True)),
    ("L-16", "an id of its own", lambda s: _unknown_id(s, 99), lambda s: _unknown_id(s, 7)),
    ("L-16", "an id from before the record", lambda s: _unknown_id(s, 99), lambda s: s.stop(99)),
    (
        "L-22",
        "without connectorId",
        lambda s: s.remote_start(connector_id=None, status="Rejected"),
        lambda s: s.remote_start(connector_id=1, status="Rejected"),
    ),
    ("L-22", "in Finishing", lambda s: _finishing(s, "Finishing"), lambda s: _finishing(s, "Unavailable")),
    ("L-22", "start told at the end", lambda s: _reported_late(s, 300), lambda s: _reported_late(s, 20)),
    (
        "L-23",
        "MeterValues refused",
        lambda s: _trigger(s, MessageTrigger.METER_VALUES, UNTRIGGERED, 1),
        lambda s: _trigger(s, MessageTrigger.METER_VALUES, TRIGGERED, 1),
    ),
    (
        "L-23",
        "connector 0 refused",
        lambda s: _trigger(s, MessageTrigger.STATUS_NOTIFICATION, UNTRIGGERED, 0),
        lambda s: _trigger(s, MessageTrigger.STATUS_NOTIFICATION, UNTRIGGERED, 9),
    ),
    ("L-23", "connector 0 only", lambda s: _trigger_all(s, 0), lambda s: _trigger_all(s, 2, 0, 1)),
    ("L-23", "drops after a boot", lambda s: _trigger_boot(s, 5), lambda s: _trigger_boot(s, 500)),
    ("L-24", "deaf", lambda s: _unanswered(s, answered=False), lambda s: _unanswered(s, answered=True)),
    ("L-24", "too slow", lambda s: _heartbeats(s, 30, 300), lambda s: _heartbeats(s, 30, 34)),
    ("L-24", "too fast", lambda s: _heartbeats(s, 300, 20), lambda s: _heartbeats(s, 300, 280)),
    ("L-24", "no pong", lambda s: _pinged(s, lives=True), lambda s: _pinged(s, lives=False)),
    ("L-27", "a start again", lambda s: _again(s, cut=False), lambda s: _again(s, cut=True)),
    ("L-27", "a stop again", _stopped_twice, _two_transactions),
    (
        "L-28",
        "connector 0 refused",
        lambda s: _availability(s, OPERATIVE, 0, REFUSED),
        lambda s: _availability(s, OPERATIVE, 1, REFUSED),
    ),
    (
        "L-28",
        "connector 0 hangs",
        lambda s: (_availability(s, OPERATIVE, 0, None), s.outlive()),
        lambda s: (_availability(s, OPERATIVE, 0, TAKEN), s.outlive()),
    ),
    (
        "L-28",
        "available while charging",
        lambda s: _available_in_session(s, at_the_end=False),
        lambda s: _available_in_session(s, at_the_end=True),
    ),
    (
        "L-28",
        "available before unavailable",
        lambda s: _available_first(s, "Available", "Unavailable"),
        lambda s: _available_first(s, "Unavailable", "Available"),
    ),
    (
        "L-28",
        "unavailable at soft reset",
        lambda s: _reset(s, ResetType.SOFT),
        lambda s: _reset(s, ResetType.HARD),
    ),
    (
        "L-29",
        "no Downloading",
        lambda s: _firmware(s, F.DOWNLOADED),
        lambda s: _firmware(s, F.DOWNLOADING, F.DOWNLOADED),
    ),
    ("L-29", "a flood", lambda s: _diagnostics(s, 12), lambda s: _diagnostics(s, 3)),
    (
        "L-29",
        "silent in the middle",
        lambda s: _firmware(s, F.DOWNLOADING, then_s=2000),
        lambda s: _firmware(s, F.DOWNLOADING, F.DOWNLOAD_FAILED, then_s=2000),
    ),
    ("L-30", "goes on", lambda s: _remote_stop(s, None), lambda s: _remote_stop(s, 7)),
    ("L-30", "another id", lambda s: _remote_stop(s, -1), lambda s: _remote_stop(s, None, "Rejected")),
    ("L-32", "resent after an error", lambda s: _resent(s, 4), lambda s: _resent(s, 2)),
    ("L-32", "boot hurried", lambda s: _pending(s, 5), lambda s: _pending(s, 60)),
    (
        "L-35",
        "stops at once",
        lambda s: _stops_at_once(s, 1, Reason.OTHER),
        lambda s: _stops_at_once(s, 1, Reason.EV_DISCONNECTED),
    ),
    (
        "L-35",
        "stops later",
        lambda s: _stops_at_once(s, 1, Reason.OTHER),
        lambda s: _stops_at_once(s, 30, Reason.OTHER),
    ),
    (
        "Q-transition",
        "Available to Finishing",
        lambda s: _statuses(s, "Available", "Finishing"),
        lambda s: _statuses(s, "Available", "Preparing", "Finishing"),
    ),
    (
        "Q-transition",
        "a boot between",
        lambda s: _statuses(s, "Available", "Finishing"),
        lambda s: _statuses(s, "Charging", "Available", "Finishing", boot_between=True),
    ),
    (
        "Q-before-boot",
        "a status first",
        lambda s: _reconnected_before_boot(s, first="status"),
        lambda s: _reconnected_before_boot(s, first="boot"),
    ),
    (
        "Q-two-calls",
        "does not wait",
        lambda s: _two_calls(s, waits=False),
        lambda s: _two_calls(s, waits=True),
    ),
    ("Q-stray-answer", "to nothing", lambda s: _answers(s, "other"), lambda s: _answers(s, "mine")),
    ("Q-answered-twice", "twice", lambda s: _answers(s, "mine", "mine"), lambda s: _answers(s, "mine")),
    (
        "Q-id-reused",
        "another message",
        lambda s: _ids(s, '{"idTag":"B"}'),
        lambda s: _ids(s, '{"idTag":"A"}'),
    ),
    (
        "Q-role",
        "a Reset from the station",
        lambda s: s.station("Reset", payload='{"type":"Hard"}'),
        Scene.heartbeat,
    ),
    (
        "Q-stop-dated-before-start",
        "backwards",
        lambda s: (s.start(), s.stop(at=s.now - timedelta(hours=1))),
        lambda s: (s.start(), s.stop()),
    ),
]


@pytest.mark.parametrize(("lint_id", "play"), [pytest.param(c[0], c[2], id=f"{c[0]} {c[1]}") for c in CASES])
def test_a_station_that_commits_it_raises_the_lint(lint_id: str, play: Play) -> None:
    assert lint_id in raised(play)


@pytest.mark.parametrize(
    ("lint_id", "play"), [pytest.param(c[0], c[3], id=f"{c[0]} not: {c[1]}") for c in CASES]
)
def test_a_near_miss_does_not_raise_the_lint(lint_id: str, play: Play) -> None:
    assert lint_id not in raised(play)


def test_every_registered_lint_has_a_case() -> None:
    tried = {case[0] for case in (*CASES, *test_lints.CASES)} | {"L-05"}
    assert set(LINTS) <= tried

"""Function 12: Remote Firmware update."""

from datetime import timedelta

import pytest

from chargeproof.acceptance.unattended import UPDATE_FIRMWARE
from chargeproof.acceptance.verdict import Outcome
from chargeproof.ocpp import (
    AuthorizationStatus,
    ChargePointErrorCode,
    ChargePointStatus,
    FirmwareStatus,
    FirmwareStatusNotification,
    IdTagInfo,
    MessageTrigger,
    Reason,
    StartTransaction,
    StartTransactionConf,
    StatusNotification,
    StopTransaction,
    TriggerMessage,
    TriggerMessageConf,
    TriggerMessageStatus,
    UpdateFirmware,
)
from chargeproof.testing.trace_builder import TraceBuilder
from tests.acceptance.records import boot, failure_of, lives_on, outcome_of, read_key, reset, up, verdict_of

F = FirmwareStatus
CHECKS = ("12.1a", "12.2a", "12.2b", "12.3a")
LAWFUL = (F.DOWNLOADING, F.DOWNLOADED, F.INSTALLING, F.INSTALLED)


def asked(
    *,
    delay_s: float = 20,
    waits: bool = True,
    answer: str | None = "{}",
    offered: bool = True,
    **more: object,
) -> TraceBuilder:
    record = up(profile={"firmware_version": "2.0"}, **more)  # type: ignore[arg-type]
    if offered:
        record.file(job="other", event="offered", url="http://files/old", name="old.bin", size=1)
        record.file(job="j", event="offered", url="http://files/x/f.bin", name="f.bin", size=9, sha256="ab")
    request = UpdateFirmware(
        location="http://files/secret/f.bin", retrieve_date=record.now + timedelta(seconds=delay_s)
    )
    record.we(request, answer)
    return record.wait(delay_s) if waits else record


def tell(record: TraceBuilder, *told: FirmwareStatus) -> None:
    for each in told:
        record.station(FirmwareStatusNotification(status=each))
        record.wait(3)


def fetch(record: TraceBuilder, **more: object) -> None:
    fields = {
        "job": "j",
        "event": "download",
        "url": "http://files/x/f.bin",
        "name": "f.bin",
        "size": 9,
    } | more
    record.file(**fields)


def reboot(record: TraceBuilder, version: str = "2.0") -> None:
    record.wait(1).closed()
    record.wait(20).opened()
    boot(record, firmware_version=version)


def updated(
    *told: FirmwareStatus, fetched: bool = True, rebooted: bool = True, **more: object
) -> TraceBuilder:
    """A whole update with the statuses as named, and a station that lives until every window is over."""
    record = asked(**more)  # type: ignore[arg-type]
    if fetched:
        fetch(record)
    tell(record, *(told or LAWFUL))
    if rebooted:
        reboot(record)
    lives_on(record, 700)
    return lives_on(record, 800)


@pytest.mark.parametrize("check_id", CHECKS)
@pytest.mark.parametrize("head", [True, False])
def test_a_whole_update_passes(check_id: str, head: bool) -> None:
    assert outcome_of(check_id, updated(head=head)) is Outcome.PASS


@pytest.mark.parametrize("check_id", CHECKS)
def test_without_a_file_it_is_not_run_for_that_reason(check_id: str) -> None:
    record = up()
    record.cannot(UPDATE_FIRMWARE, "no firmware file was received from the manufacturer")
    verdict = verdict_of(check_id, record)
    assert verdict.outcome is Outcome.NOT_RUN
    assert "no firmware file" in verdict.reason


@pytest.mark.parametrize(
    ("answer", "seen"), [("NotImplemented", "CALLERROR NotImplemented"), (None, "no answer")]
)
def test_a_command_that_is_not_taken_fails_the_status_only(answer: str | None, seen: str) -> None:
    record = lives_on(asked(answer=answer), 1600)
    assert seen in failure_of("12.2a", record)
    assert [outcome_of(c, record) for c in ("12.1a", "12.2b", "12.3a")] == [Outcome.INCONCLUSIVE] * 3


@pytest.mark.parametrize(
    ("key", "answer", "outcome"),
    [
        ("SecurityProfile", "NotSupported", Outcome.NOT_APPLICABLE),
        ("securityprofile", "NotSupported", Outcome.NOT_APPLICABLE),
        ("SecurityProfile", "NotImplemented", Outcome.FAIL),
        ("HeartbeatInterval", "NotSupported", Outcome.FAIL),
    ],
)
def test_a_station_that_takes_signed_firmware_only_refuses_it_with_not_supported(
    key: str, answer: str, outcome: Outcome
) -> None:
    record = asked(answer=answer)
    read_key(record, key, "1")
    assert outcome_of("12.2a", lives_on(record, 1600)) is outcome


# ── 12.1 ─────────────────────────────────────────────────────────────────────────────────────────────


def test_the_file_is_named_with_its_size_and_hash() -> None:
    assert "“f.bin” of 9 bytes, SHA-256 ab" in verdict_of("12.1a", updated()).reason


def test_a_file_that_is_never_fetched_fails_itself_only() -> None:
    record = lives_on(asked(), 950)
    assert "was not fetched" in failure_of("12.1a", record)
    others = [outcome_of(check_id, record) for check_id in CHECKS[1:]]
    assert others == [Outcome.INCONCLUSIVE] * 3


def test_statuses_do_not_prove_that_the_file_was_fetched() -> None:
    assert "no request in our file server's log" in failure_of("12.1a", updated(fetched=False))


@pytest.mark.parametrize("more", [{"complete": False}, {"job": "other"}, {"event": "refused"}])
def test_another_transfer_is_not_the_file(more: dict[str, object]) -> None:
    record = asked()
    fetch(record, **more)
    assert "was not fetched" in failure_of("12.1a", lives_on(record, 950))


def test_the_file_may_be_fetched_until_the_window_is_over() -> None:
    assert outcome_of("12.1a", lives_on(asked(), 100)) is Outcome.INCONCLUSIVE


def test_without_a_file_server_of_ours_the_fetch_is_open() -> None:
    record = updated(fetched=False, offered=False)
    assert outcome_of("12.1a", record) is Outcome.NOT_RUN
    assert [outcome_of(check_id, record) for check_id in CHECKS[1:]] == [Outcome.PASS] * 3


# ── 12.2 ─────────────────────────────────────────────────────────────────────────────────────────────


def test_an_update_that_skips_downloading_fails_itself_only() -> None:
    record = updated(F.DOWNLOADED, F.INSTALLING, F.INSTALLED)
    assert "Downloading was not reported; seen: Downloaded, Installing, Installed" in failure_of(
        "12.2a", record
    )
    assert [outcome_of(c, record) for c in ("12.1a", "12.2b", "12.3a")] == [Outcome.PASS] * 3


def test_downloading_before_the_retrieve_date_fails() -> None:
    record = asked(waits=False)
    tell(record, F.DOWNLOADING)
    assert "20 s before it" in failure_of("12.2a", record)


def test_a_download_at_the_retrieve_date_of_a_fast_clock_is_a_remark() -> None:
    record = up()
    fast = record.now + timedelta(seconds=12)
    record.station(
        StatusNotification(
            connector_id=1,
            error_code=ChargePointErrorCode.NO_ERROR,
            status=ChargePointStatus.AVAILABLE,
            timestamp=fast,
        )
    )
    retrieve_date = record.now + timedelta(seconds=10)
    record.we(UpdateFirmware(location="http://files/f.bin", retrieve_date=retrieve_date), "{}")
    tell(record, F.DOWNLOADING)
    verdict = verdict_of("12.2a", record)
    assert verdict.outcome is Outcome.PASS_WITH_REMARK
    assert "the station's clock is 12 s fast" in verdict.remark


def test_a_status_that_may_still_come_is_inconclusive() -> None:
    record = asked()
    fetch(record)
    assert outcome_of("12.2a", lives_on(record, 60)) is Outcome.INCONCLUSIVE
    tell(record, F.DOWNLOADING)
    assert outcome_of("12.2b", lives_on(record, 60)) is Outcome.INCONCLUSIVE


def test_installed_alone_is_in_order() -> None:
    assert outcome_of("12.2b", updated(F.DOWNLOADING, F.INSTALLED)) is Outcome.PASS


def test_repeated_statuses_are_harmless() -> None:
    told = (F.DOWNLOADING, F.DOWNLOADING, F.DOWNLOADED, F.INSTALLING, F.INSTALLING, F.INSTALLED)
    assert outcome_of("12.2b", updated(*told)) is Outcome.PASS


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (
            (F.INSTALLED, F.DOWNLOADING, F.DOWNLOADED, F.INSTALLING),
            "Downloading was reported after Installed",
        ),
        ((F.DOWNLOADED, F.DOWNLOADING, F.INSTALLED), "Downloading was reported after Downloaded"),
        ((F.DOWNLOADING, F.DOWNLOAD_FAILED), "the update ended with DownloadFailed"),
        ((F.DOWNLOADING, F.DOWNLOADED, F.INSTALLATION_FAILED), "the update ended with InstallationFailed"),
        ((F.DOWNLOADING, F.IDLE, F.INSTALLED), "Idle was reported without a trigger"),
        ((F.DOWNLOADING, F.DOWNLOADED), "Installed was not reported"),
    ],
)
def test_another_course_of_the_update_fails_its_own_check(told: tuple[F, ...], reason: str) -> None:
    record = updated(*told)
    assert reason in failure_of("12.2b", record)
    assert outcome_of("12.1a", record) is Outcome.PASS


def test_a_status_that_we_triggered_is_no_part_of_the_course() -> None:
    record = asked()
    fetch(record)
    tell(record, F.DOWNLOADING)
    record.we(
        TriggerMessage(requested_message=MessageTrigger.FIRMWARE_STATUS_NOTIFICATION),
        TriggerMessageConf(status=TriggerMessageStatus.ACCEPTED),
    )
    tell(record, F.IDLE, F.INSTALLED)
    reboot(record)
    assert outcome_of("12.2b", record) is Outcome.PASS


def test_the_same_version_after_the_update_is_a_remark() -> None:
    record = asked(head=False)
    fetch(record)
    tell(record, *LAWFUL)
    reboot(record, version="1.0")
    assert "before and after the update" in verdict_of("12.2b", record).remark


def test_another_version_than_announced_is_a_remark() -> None:
    record = asked()
    fetch(record)
    tell(record, *LAWFUL)
    reboot(record, version="1.9")
    assert "announced was “2.0”" in verdict_of("12.2b", record).remark


# ── 12.3 ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_reboot_before_installed_is_lawful() -> None:
    record = asked()
    fetch(record)
    tell(record, *LAWFUL[:3])
    reboot(record)
    tell(record, F.INSTALLED)
    assert [outcome_of(check_id, record) for check_id in CHECKS] == [Outcome.PASS] * 4


def test_no_reboot_fails_itself_only() -> None:
    record = updated(rebooted=False)
    assert "no BootNotification came after the installation" in failure_of("12.3a", record)
    assert [outcome_of(check_id, record) for check_id in CHECKS[:3]] == [Outcome.PASS] * 3


def test_a_reboot_may_come_until_its_window_is_over() -> None:
    record = asked()
    fetch(record)
    tell(record, *LAWFUL)
    assert outcome_of("12.3a", lives_on(record, 500)) is Outcome.INCONCLUSIVE


def test_a_new_connection_without_boot_decides_nothing() -> None:
    record = asked()
    fetch(record)
    tell(record, *LAWFUL)
    record.closed()
    record.wait(20).opened()
    assert outcome_of("12.3a", lives_on(record, 900)) is Outcome.INCONCLUSIVE


def test_a_reset_of_ours_spoils_the_proof() -> None:
    record = asked()
    fetch(record)
    tell(record, *LAWFUL)
    reset(record)
    reboot(record)
    assert outcome_of("12.3a", record) is Outcome.INCONCLUSIVE


def test_nothing_installed_means_that_no_reboot_is_due() -> None:
    assert (
        outcome_of("12.3a", updated(F.DOWNLOADING, F.DOWNLOAD_FAILED, rebooted=False)) is Outcome.INCONCLUSIVE
    )


@pytest.mark.parametrize(("reason", "outcome"), [(Reason.REBOOT, Outcome.FAIL), (Reason.LOCAL, Outcome.PASS)])
def test_a_session_that_the_reboot_ends_fails(reason: Reason, outcome: Outcome) -> None:
    record = up()
    info = IdTagInfo(status=AuthorizationStatus.ACCEPTED)
    start = StartTransaction(connector_id=1, id_tag="A", meter_start=0, timestamp=record.now)
    record.station(start, StartTransactionConf(transaction_id=7, id_tag_info=info))
    record.we(UpdateFirmware(location="http://files/f", retrieve_date=record.now), "{}")
    tell(record, *LAWFUL[:3])
    record.station(StopTransaction(transaction_id=7, meter_stop=9, timestamp=record.now, reason=reason))
    reboot(record)
    assert outcome_of("12.3a", record) is outcome


def test_installed_over_a_new_connection_without_boot_decides_nothing() -> None:
    record = asked()
    fetch(record)
    tell(record, *LAWFUL[:3])
    record.closed()
    record.wait(20).opened()
    tell(record, F.INSTALLED)
    assert outcome_of("12.3a", lives_on(record, 900)) is Outcome.INCONCLUSIVE


def test_the_window_for_the_reboot_counts_from_installed_not_from_the_download() -> None:
    record = asked()
    fetch(record)
    tell(record, F.DOWNLOADING)
    record.wait(400)
    tell(record, F.DOWNLOADED, F.INSTALLING, F.INSTALLED)
    lives_on(record, 300)
    assert outcome_of("12.3a", record) is Outcome.INCONCLUSIVE


def test_a_boot_over_the_open_connection_is_a_remark() -> None:
    record = asked()
    fetch(record)
    tell(record, *LAWFUL)
    boot(record, firmware_version="2.0")
    verdict = verdict_of("12.3a", lives_on(lives_on(record, 700), 800))
    assert verdict.outcome is Outcome.PASS_WITH_REMARK
    assert "the connection stayed open" in verdict.remark

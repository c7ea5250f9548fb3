"""Function 13: Remotely initiate and get diagnostics reports."""

from datetime import timedelta

import pytest

from chargeproof.acceptance.unattended import GET_DIAGNOSTICS
from chargeproof.acceptance.verdict import Outcome
from chargeproof.ocpp import DiagnosticsStatus, DiagnosticsStatusNotification, GetDiagnostics
from chargeproof.testing.trace_builder import TraceBuilder
from tests.acceptance.records import failure_of, lives_on, outcome_of, read_key, up, verdict_of

D = DiagnosticsStatus
NAMED = '{"fileName":"log.txt"}'


def asked(
    answer: str | None = NAMED, *, frame: bool = True, offered: bool = True, head: bool = True
) -> TraceBuilder:
    record = up(head=head)
    if offered:
        record.file(job="old", event="offered", url="ftp://files/")
        record.file(job="j", event="offered", url="ftp://files/")
    request = GetDiagnostics(
        location="ftp://user:word@files/",
        start_time=record.now - timedelta(hours=1) if frame else None,
        stop_time=record.now if frame else None,
    )
    record.we(request, answer)
    return record


def tell(record: TraceBuilder, *told: DiagnosticsStatus) -> None:
    for each in told:
        record.station(DiagnosticsStatusNotification(status=each))
        record.wait(1)


def put(record: TraceBuilder, **more: object) -> None:
    fields = {"job": "j", "event": "upload", "url": "ftp://files/", "name": "log.txt", "size": 99} | more
    record.file(**fields)


def uploaded(**more: bool) -> TraceBuilder:
    record = asked(**more)  # type: ignore[arg-type]
    tell(record, D.UPLOADING)
    put(record)
    tell(record, D.UPLOADED)
    return lives_on(record, 10)


@pytest.mark.parametrize("check_id", ["13.1a", "13.1b"])
@pytest.mark.parametrize("head", [True, False])
def test_a_named_file_that_arrives_passes(check_id: str, head: bool) -> None:
    assert outcome_of(check_id, uploaded(head=head)) is Outcome.PASS


@pytest.mark.parametrize("check_id", ["13.1a", "13.1b"])
def test_a_scene_that_was_not_played_gives_its_reason(check_id: str) -> None:
    record = up()
    record.cannot(GET_DIAGNOSTICS, "the run was stopped")
    assert verdict_of(check_id, record).reason == "the run was stopped"


@pytest.mark.parametrize("answer", ["{}", '{"fileName":""}'])
def test_an_answer_without_a_file_name_fails_itself_only(answer: str) -> None:
    record = lives_on(asked(answer), 400)
    assert "names no file" in failure_of("13.1a", record)
    assert outcome_of("13.1b", record) is Outcome.INCONCLUSIVE


@pytest.mark.parametrize(
    ("answer", "seen"), [("NotSupported", "CALLERROR NotSupported"), (None, "no answer")]
)
def test_a_command_that_is_not_taken_fails(answer: str | None, seen: str) -> None:
    record = lives_on(asked(answer), 400)
    assert seen in failure_of("13.1a", record)
    assert outcome_of("13.1b", record) is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("check_id", ["13.1a", "13.1b"])
def test_a_station_without_firmware_management_owes_no_diagnostics(check_id: str) -> None:
    record = up()
    read_key(record, "SupportedFeatureProfiles", "Core")
    record.we(GetDiagnostics(location="ftp://files/"), "NotImplemented")
    verdict = verdict_of(check_id, lives_on(record, 400))
    assert verdict.outcome is Outcome.NOT_APPLICABLE
    assert "SupportedFeatureProfiles: Core" in verdict.seen


@pytest.mark.parametrize("profiles", [None, "Core,FirmwareManagement"])
def test_a_refusal_without_that_reason_fails(profiles: str | None) -> None:
    record = up()
    read_key(record, "SupportedFeatureProfiles", profiles)
    record.we(GetDiagnostics(location="ftp://files/"), "NotImplemented")
    assert "CALLERROR NotImplemented" in failure_of("13.1a", lives_on(record, 400))


def test_a_request_without_a_time_frame_is_a_remark() -> None:
    assert outcome_of("13.1a", uploaded(frame=False)) is Outcome.PASS_WITH_REMARK


def test_uploaded_without_a_file_fails_itself_only() -> None:
    record = asked()
    tell(record, D.UPLOADING, D.UPLOADED)
    lives_on(record, 10)
    assert "no file with content arrived" in failure_of("13.1b", record)
    assert outcome_of("13.1a", record) is Outcome.PASS


@pytest.mark.parametrize("more", [{"size": 0}, {"complete": False}, {"event": "refused"}, {"job": "old"}])
def test_an_empty_unfinished_or_foreign_file_is_no_file(more: dict[str, object]) -> None:
    record = asked()
    tell(record, D.UPLOADING)
    put(record, **more)
    tell(record, D.UPLOADED)
    assert "no file with content arrived" in failure_of("13.1b", lives_on(record, 10))


def test_two_files_are_one_too_many() -> None:
    record = asked()
    tell(record, D.UPLOADING)
    put(record)
    put(record, name="log-2.txt")
    tell(record, D.UPLOADED)
    assert "log.txt, log-2.txt" in failure_of("13.1b", lives_on(record, 10))


def test_a_file_that_comes_after_uploaded_fails() -> None:
    record = asked()
    tell(record, D.UPLOADING, D.UPLOADED)
    put(record.wait(60))
    assert "after Uploaded was reported" in failure_of("13.1b", lives_on(record, 10))


def test_upload_failed_fails() -> None:
    record = asked()
    tell(record, D.UPLOADING, D.UPLOAD_FAILED)
    assert "ended with UploadFailed" in failure_of("13.1b", lives_on(record, 10))


@pytest.mark.parametrize("arrives", [True, False])
def test_no_word_of_the_end_fails_after_the_window(arrives: bool) -> None:
    record = asked()
    tell(record, D.UPLOADING)
    if arrives:
        put(record)
    assert outcome_of("13.1b", lives_on(record, 60)) is Outcome.INCONCLUSIVE
    assert "Uploaded was not reported" in failure_of("13.1b", lives_on(record, 300))


def test_a_file_without_uploading_is_a_remark() -> None:
    record = asked()
    put(record)
    tell(record, D.UPLOADED)
    assert outcome_of("13.1b", lives_on(record, 10)) is Outcome.PASS_WITH_REMARK


def test_a_flood_of_uploading_is_harmless() -> None:
    record = asked()
    tell(record, *[D.UPLOADING] * 50)
    put(record)
    tell(record, D.UPLOADED)
    assert outcome_of("13.1b", lives_on(record, 10)) is Outcome.PASS


def test_without_a_file_server_of_ours_the_file_is_open() -> None:
    record = asked(offered=False)
    tell(record, D.UPLOADING, D.UPLOADED)
    assert outcome_of("13.1b", lives_on(record, 10)) is Outcome.NOT_RUN


def test_the_record_must_reach_beyond_uploaded() -> None:
    record = asked()
    tell(record, D.UPLOADING, D.UPLOADED)
    assert outcome_of("13.1b", record) is Outcome.INCONCLUSIVE

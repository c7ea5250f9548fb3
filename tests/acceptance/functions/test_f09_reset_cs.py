"""Function 9: Reset CS (both hard and soft reset)."""

import pytest

from chargeproof.acceptance.unattended import HARD_RESET, SOFT_RESET
from chargeproof.acceptance.verdict import Outcome
from chargeproof.ocpp import (
    AvailabilityStatus,
    AvailabilityType,
    ChangeAvailability,
    ChangeAvailabilityConf,
    Reset,
    ResetType,
)
from chargeproof.testing.trace_builder import TraceBuilder
from tests.acceptance.records import (
    S,
    boot,
    failure_of,
    lives_on,
    outcome_of,
    read_all,
    reset,
    restart,
    status,
    statuses,
    up,
    verdict_of,
)

HARD, SOFT = ResetType.HARD, ResetType.SOFT
BOTH = pytest.mark.parametrize(("kind", "function"), [(HARD, "9.1"), (SOFT, "9.2")])


def restarted(kind: ResetType = HARD, *connector_ids: int, head: bool = True) -> TraceBuilder:
    record = up(head=head)
    read_all(record)
    restart(record, kind)
    if connector_ids != (-1,):
        statuses(record, *connector_ids)
    return lives_on(record, 61)


@BOTH
@pytest.mark.parametrize("head", [True, False])
def test_a_station_that_comes_back_passes(kind: ResetType, function: str, head: bool) -> None:
    record = restarted(kind, head=head)
    verdict = verdict_of(f"{function}a", record)
    assert verdict.outcome is Outcome.PASS
    assert verdict.figures == {f"{kind.lower()}_reset_to_boot_s": 12.0}
    assert outcome_of(f"{function}b", record) is Outcome.PASS


@BOTH
def test_the_other_reset_is_not_judged_by_this_one(kind: ResetType, function: str) -> None:
    other = "9.2" if function == "9.1" else "9.1"
    record = restarted(kind)
    assert [outcome_of(f"{other}{letter}", record) for letter in "ab"] == [Outcome.NOT_RUN] * 2


@pytest.mark.parametrize(("scene", "check_id"), [(HARD_RESET, "9.1a"), (SOFT_RESET, "9.2b")])
def test_a_scene_that_was_not_played_gives_its_reason(scene: str, check_id: str) -> None:
    record = up()
    record.cannot(scene, "the run was stopped")
    assert verdict_of(check_id, record).reason == "the run was stopped"


@BOTH
@pytest.mark.parametrize(
    ("answer", "seen"), [('{"status":"Rejected"}', "Rejected"), ("InternalError", "CALLERROR InternalError")]
)
def test_a_refused_reset_fails(kind: ResetType, function: str, answer: str, seen: str) -> None:
    record = up()
    record.we(Reset(type=kind), answer)
    assert seen in failure_of(f"{function}a", record)
    assert outcome_of(f"{function}b", record) is Outcome.INCONCLUSIVE


@BOTH
def test_accepted_without_a_restart_fails_and_leaves_the_rest_open(kind: ResetType, function: str) -> None:
    record = up()
    reset(record, kind)
    lives_on(record, 601)
    assert "but nothing restarted" in failure_of(f"{function}a", record)
    assert outcome_of(f"{function}b", record) is Outcome.INCONCLUSIVE
    assert outcome_of("1.1a", record) is Outcome.PASS


def test_the_remark_of_a_soft_reset_names_the_test_case_that_is_milder() -> None:
    record = up()
    reset(record, SOFT)
    assert "TC_014_CS" in verdict_of("9.2a", lives_on(record, 601)).remark


@BOTH
def test_the_window_must_be_over(kind: ResetType, function: str) -> None:
    record = up()
    reset(record, kind)
    lives_on(record, 590)
    assert outcome_of(f"{function}a", record) is Outcome.INCONCLUSIVE


@BOTH
def test_a_restart_without_boot_fails(kind: ResetType, function: str) -> None:
    record = up()
    reset(record, kind)
    record.wait(2).closed()
    record.wait(9).opened()
    lives_on(record, 1)
    lives_on(record, 600)
    assert "no BootNotification after the restart" in failure_of(f"{function}a", record)


@BOTH
def test_a_station_that_never_returns_is_inconclusive(kind: ResetType, function: str) -> None:
    record = up()
    reset(record, kind)
    record.wait(2).closed()
    record.wait(3000).ended()
    assert outcome_of(f"{function}a", record) is Outcome.INCONCLUSIVE


@BOTH
def test_a_pause_of_nineteen_minutes_is_waited_for(kind: ResetType, function: str) -> None:
    record = up()
    reset(record, kind)
    record.wait(2).closed()
    record.wait(19 * 60).opened()
    boot(record)
    assert outcome_of(f"{function}a", record) is Outcome.PASS


@BOTH
def test_another_reset_in_the_window_leaves_the_first_open(kind: ResetType, function: str) -> None:
    record = up()
    reset(record, kind)
    record.wait(100)
    restart(record, SOFT if kind is HARD else HARD)
    lives_on(record, 700)
    assert outcome_of(f"{function}a", record) is Outcome.INCONCLUSIVE


def test_a_boot_over_the_same_connection_is_no_hard_reset() -> None:
    record = up()
    reset(record, HARD)
    boot(record.wait(5))
    assert "over the same connection" in failure_of("9.1a", record)


def test_a_soft_reset_may_keep_the_connection_with_a_remark() -> None:
    record = up()
    reset(record, SOFT)
    boot(record.wait(5))
    assert outcome_of("9.2a", record) is Outcome.PASS_WITH_REMARK


@BOTH
def test_a_restart_without_an_answer_fails(kind: ResetType, function: str) -> None:
    record = up()
    record.we(Reset(type=kind))
    record.wait(2).closed()
    record.wait(9).opened()
    boot(record)
    assert "was not answered, though a boot followed" in failure_of(f"{function}a", record)


@BOTH
def test_no_answer_and_no_boot_over_a_lost_connection_is_inconclusive(kind: ResetType, function: str) -> None:
    record = up()
    record.we(Reset(type=kind))
    record.wait(2).closed()
    record.wait(9).opened()
    assert outcome_of(f"{function}a", lives_on(record, 60)) is Outcome.INCONCLUSIVE


# ── statuses ─────────────────────────────────────────────────────────────────────────────────────────


@BOTH
@pytest.mark.parametrize("reported", [(-1,), (0,), (0, 1), (1, 2)])
def test_a_connector_that_is_not_reported_fails_itself_only(
    kind: ResetType, function: str, reported: tuple[int, ...]
) -> None:
    record = restarted(kind, *reported)
    assert "no StatusNotification for connector" in failure_of(f"{function}b", record)
    assert [outcome_of(check_id, record) for check_id in (f"{function}a", "3.4a")] == [Outcome.PASS] * 2


@BOTH
def test_statuses_may_come_until_their_window_is_over(kind: ResetType, function: str) -> None:
    record = up()
    restart(record, kind)
    statuses(record, 0, 1)
    lives_on(record, 30)
    assert outcome_of(f"{function}b", record) is Outcome.INCONCLUSIVE


@BOTH
def test_a_status_that_we_asked_for_says_nothing_of_the_boot(kind: ResetType, function: str) -> None:
    record = up()
    restart(record, kind)
    make_inoperative(record, 2)
    statuses(record)
    assert outcome_of(f"{function}b", lives_on(record, 90)) is Outcome.INCONCLUSIVE


@BOTH
def test_a_boot_that_is_not_accepted_owes_no_status(kind: ResetType, function: str) -> None:
    record = up()
    restart(record, kind, status="Pending")
    assert outcome_of(f"{function}b", lives_on(record, 90)) is Outcome.INCONCLUSIVE


def make_inoperative(
    record: TraceBuilder, connector_id: int, *, wanted: AvailabilityType = AvailabilityType.INOPERATIVE
) -> None:
    record.we(
        ChangeAvailability(connector_id=connector_id, type=wanted),
        ChangeAvailabilityConf(status=AvailabilityStatus.ACCEPTED),
    )
    shows = (0, 1, 2) if connector_id == 0 else (connector_id,)
    statuses(record, *shows, said=S.UNAVAILABLE if wanted is AvailabilityType.INOPERATIVE else S.AVAILABLE)


@BOTH
def test_unavailable_persists(kind: ResetType, function: str) -> None:
    record = up()
    make_inoperative(record, 1)
    restart(record, kind)
    statuses(record, 0, 2)
    status(record, 1, S.UNAVAILABLE)
    assert outcome_of(f"{function}b", lives_on(record, 61)) is Outcome.PASS


@BOTH
@pytest.mark.parametrize("connector_id", [0, 1])
def test_a_connector_that_forgets_its_unavailability_fails(
    kind: ResetType, function: str, connector_id: int
) -> None:
    record = up()
    make_inoperative(record, connector_id)
    restart(record, kind)
    statuses(record)
    reason = failure_of(f"{function}b", lives_on(record, 61))
    assert "was Inoperative before the reset and is Available after it" in reason


def test_a_connector_that_was_made_operative_again_need_not_persist() -> None:
    record = up()
    make_inoperative(record, 0)
    make_inoperative(record, 0, wanted=AvailabilityType.OPERATIVE)
    restart(record)
    statuses(record)
    assert outcome_of("9.1b", lives_on(record, 61)) is Outcome.PASS

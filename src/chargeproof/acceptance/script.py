"""The script: the document's 16 functions, the security cases beside them, and the order of their drives."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from chargeproof.acceptance.case import Case, Drive, GroupId
from chargeproof.acceptance.functions import (
    f01_boot_notification,
    f02_heartbeat,
    f03_change_availability,
    f04_get_configuration,
    f05_set_configuration,
    f06_start_charge_transaction,
    f07_stop_charge_transaction,
    f08_receive_meter_reading,
    f09_reset_cs,
    f10_hardware_notifications,
    f11_charging_cable_connection_status,
    f12_remote_firmware_update,
    f13_diagnostics_reports,
    f14_get_past_charge_transactions,
    f15_clear_cache,
    f16_trigger_message,
)
from chargeproof.acceptance.ports import StoppedByPersonError
from chargeproof.acceptance.preparation import prepare, restore, sanity
from chargeproof.acceptance.security.cases import SECURITY_CASES, SECURITY_ORDER
from chargeproof.acceptance.stage import CannotError, Stage

RULE_SET = "1"

SCRIPT: tuple[Case, ...] = (
    f01_boot_notification.case,
    f02_heartbeat.case,
    f03_change_availability.case,
    f04_get_configuration.case,
    f05_set_configuration.case,
    f06_start_charge_transaction.case,
    f07_stop_charge_transaction.case,
    f08_receive_meter_reading.case,
    f09_reset_cs.case,
    f10_hardware_notifications.case,
    f11_charging_cable_connection_status.case,
    f12_remote_firmware_update.case,
    f13_diagnostics_reports.case,
    f14_get_past_charge_transactions.case,
    f15_clear_cache.case,
    f16_trigger_message.case,
)

# What nobody is needed for comes first: configuration before anything is changed, then resets, whose boot
# serves functions 1, 16 and 2; files; the visit in the order of its nine acts. Last what needs a cable and no
# hand: the update, so that all that was tried is one firmware.
ORDER: tuple[int, ...] = (4, 15, 5, 3, 9, 1, 16, 2, 13, 11, 8, 7, 6, 14, 10, 12)
IN_SESSION: tuple[int, ...] = (3, 9)  # before the last of them


GroupChoice = Literal["functions", "security", "all"]


@dataclass(frozen=True)
class Group:
    """Cases that are asked for together. ``title`` heads their table in a report."""

    id: GroupId
    title: str
    cases: tuple[Case, ...]

    @property
    def numbers(self) -> tuple[int, ...]:
        return tuple(case.number for case in self.cases)


FUNCTIONS = Group("functions", "The document's 16 functions", SCRIPT)
SECURITY = Group("security", "Security", SECURITY_CASES)
GROUPS: tuple[Group, ...] = (FUNCTIONS, SECURITY)
EVERY_CASE: tuple[Case, ...] = tuple(case for group in GROUPS for case in group.cases)


def numbers_of(choice: GroupChoice) -> tuple[int, ...]:
    """The numbers of every case of a group, or of all."""
    return tuple(case.number for case in EVERY_CASE if choice in (case.group, "all"))


def case_of(number: int) -> Case:
    """The case with that number. Raises KeyError for one that there is not."""
    for case in EVERY_CASE:
        if case.number == number:
            return case
    raise KeyError(number)


def named(numbers: Sequence[int]) -> str:
    """How people name these cases at the beginning of a sentence: ``Function 3, 14`` or ``TC_073``."""
    labels = ", ".join(case_of(number).label for number in numbers)
    return f"Function {labels}" if case_of(numbers[0]) in SCRIPT else labels


async def play(stage: Stage, numbers: Sequence[int]) -> str:
    """Drive the cases with these numbers; returns ``completed`` or ``stopped``. Restoration always follows.

    An error of ours in one case is in the record as a failed step, and the others go on.
    """
    outcome = "completed"
    try:
        await _guarded(stage, "preparation", None, prepare)
        for case, drive in _drives(numbers):
            if drive is not None:
                await _guarded(stage, case.title, case.number, drive)
            await _guarded(stage, "sanity", None, sanity)
    except StoppedByPersonError:
        outcome = "stopped"
    finally:
        await _guarded(stage, "restoration", None, restore)
    return outcome


def play_order(numbers: Sequence[int]) -> list[int]:
    """These cases in the order in which they are played."""
    return [number for number in (*ORDER, *SECURITY_ORDER) if number in numbers]


def _drives(numbers: Sequence[int]) -> list[tuple[Case, Drive | None]]:
    """What is played for these cases, in order: the functions first, since a security case may end connections."""
    drives = [(case_of(number), case_of(number).driven_by) for number in ORDER]
    drives[-1:-1] = [(case_of(number), case_of(number).driven_in_session_by) for number in IN_SESSION]
    drives += [(case_of(number), case_of(number).driven_by) for number in SECURITY_ORDER]
    return [(case, drive) for case, drive in drives if case.number in numbers]


async def _guarded(
    stage: Stage, name: str, function: int | None, drive: Callable[[Stage], Awaitable[Any]]
) -> None:
    """Play one drive; what it cannot do, or what of ours breaks in it, is in the record and stays there."""
    try:
        if function is None:
            await drive(stage)
        else:
            async with stage.step(name, function=function):
                await drive(stage)
    except CannotError:
        return
    except StoppedByPersonError:
        if name != "restoration":
            raise
    except Exception:
        return

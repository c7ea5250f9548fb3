"""Function 12: Remote Firmware update."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.clock_in_record import clock_offset_s
from chargeproof.acceptance.configuration_in_record import not_offered, signed_firmware_only
from chargeproof.acceptance.files_in_record import has_server_log, transfers
from chargeproof.acceptance.in_session import update_in_session
from chargeproof.acceptance.profile import profile_of
from chargeproof.acceptance.quantifiers import (
    Absence,
    absence,
    every,
    ours,
    refusal,
    scene_not_played,
    theirs,
    together,
)
from chargeproof.acceptance.restarts_in_record import boots
from chargeproof.acceptance.sessions_in_record import charging_at, cut_by_update
from chargeproof.acceptance.stage import Stage
from chargeproof.acceptance.transactions_in_record import transactions_in
from chargeproof.acceptance.unattended import UPDATE_FIRMWARE
from chargeproof.acceptance.verdict import Outcome, Verdict, failed, inconclusive, not_run, passed
from chargeproof.acceptance.windows import window_s
from chargeproof.ocpp import (
    BootNotification,
    FirmwareStatus,
    FirmwareStatusNotification,
    MessageTrigger,
    Reset,
    TriggerMessage,
    UpdateFirmware,
)
from chargeproof.trace import ConnectionOpened, Exchange, FileTransferred, Trace

case = Case(
    12,
    "Remote Firmware update",
    criteria={
        "12.1": "Receive firmware file from manufacturer.",
        "12.2": (
            'After sending UpdateFirmware, FirmwareStatusNotification message with FirmwareStatus "Downloading" '
            'must be received, followed by FirmwareStatusNotification message with FirmwareStatus "Installed".'
        ),
        "12.3": "Automatically reboot if connectors are available",
    },
)


@case.drive
async def drive(stage: Stage) -> None:
    """One update from our own file server, if the manufacturer gave a file; if possible during a session."""
    await update_in_session(stage)


_OCTT = ("TC_044_1_CS",)
Update = Exchange[UpdateFirmware]
Told = Exchange[FirmwareStatusNotification]


def _every_update(trace: Trace, judge_one: Callable[[Trace, Update], Verdict]) -> Verdict:
    return every(
        ours(trace, UpdateFirmware),
        lambda update: (
            not_offered(trace, update, "FirmwareManagement")
            or signed_firmware_only(trace, update)
            or judge_one(trace, update)
        ),
        nothing=scene_not_played(trace, UPDATE_FIRMWARE, "no UpdateFirmware was sent"),
    )


def _following(trace: Trace, update: Update) -> Trace:
    """What came after a command, up to the next one, as far as its window reaches."""
    later = ours(trace.after(update.n), UpdateFirmware)
    stretch = trace.between(update.n, later[0].n) if later else trace.after(update.n)
    return stretch.within(update.mono, window_s(trace, "firmware") + window_s(trace, "reset"))


def _told(trace: Trace, update: Update) -> list[Told]:
    """What the station said of the update by itself; what a trigger of ours asked for is no part of it."""
    stretch = _following(trace, update)
    window = window_s(trace, "message")
    wanted = MessageTrigger.FIRMWARE_STATUS_NOTIFICATION
    told = theirs(stretch, FirmwareStatusNotification)
    for trigger in ours(stretch, TriggerMessage, lambda trigger: trigger.requested_message == wanted):
        asked_for = [t for t in told if t.n > trigger.n and t.mono <= trigger.mono + window]
        told = [t for t in told if not asked_for or t.n != asked_for[0].n]
    return told


def _silence(trace: Trace, update: Update) -> Absence:
    return absence(trace, update.mono, window_s(trace, "firmware"), across_reconnects=True)


@case.check("12.1a", "The manufacturer's file is fetched from our server", clause="S§5.19", octt=_OCTT)
def the_file_is_fetched(trace: Trace) -> Verdict:
    return _every_update(trace, _fetched)


def _fetched(trace: Trace, update: Update) -> Verdict:
    downloads = [file for file in transfers(trace, update, "download") if file.complete]
    if downloads:
        return _received(trace, update, downloads[0])
    if refusal(trace, update) is not None:
        return inconclusive(
            "UpdateFirmware was not taken, so that nothing was to be fetched", update.evidence
        )
    if not has_server_log(trace):
        return not_run("no file server of ours took part, whose log would show it", update.evidence)
    broken = transfers(trace, update, "download")
    nothing = _silence(trace, update)
    known = (*update.evidence, *(file.n for file in broken), *nothing.evidence)
    reason = "the firmware file was not fetched from our server"
    expected = "the whole file is downloaded"
    ended = any(t.request.status in (*_FAILURES, FirmwareStatus.INSTALLED) for t in _told(trace, update))
    if not nothing.proved and not ended:
        return inconclusive(f"{reason}, but {nothing.why}", known, expected=expected)
    seen = "an unfinished download" if broken else "no request in our file server's log"
    return failed(reason, known, expected=expected, seen=seen)


def _received(trace: Trace, update: Update, download: FileTransferred) -> Verdict:
    offered = [e for e in trace.until(update.n).of(FileTransferred) if e.event == "offered"]
    file = offered[-1] if offered else download
    name, size = file.name or download.name, file.size if file.size is not None else download.size
    digest = f", SHA-256 {file.sha256}" if file.sha256 else ""
    known = (*(entry.n for entry in offered[-1:]), *update.evidence, download.n)
    return passed(
        f"“{name}” of {size} bytes{digest} was fetched from our server",
        known,
        figures={"firmware_file_bytes": size},
    )


@case.check("12.2a", "Downloading is reported, not before the retrieveDate", clause="S§4.5, 5.19", octt=_OCTT)
def downloading_is_reported(trace: Trace) -> Verdict:
    return _every_update(trace, _downloading)


def _downloading(trace: Trace, update: Update) -> Verdict:
    refused = refusal(trace, update, asked="UpdateFirmware")
    if refused is not None:
        return refused
    told = _told(trace, update)
    found = next((t for t in told if t.request.status == FirmwareStatus.DOWNLOADING), None)
    if found is None:
        return _not_reported(trace, update, told, FirmwareStatus.DOWNLOADING)
    evidence = (*update.evidence, found.n)
    due: Any = update.request.retrieve_date
    early_s = (due - found.at).total_seconds() if isinstance(due, datetime) else 0.0
    if not trace.has_wall_clock:
        return passed("Downloading was reported", evidence).with_remark(
            "the log has no times in UTC, so that the retrieveDate was not looked at"
        )
    offset_s = clock_offset_s(trace, update.n) or 0.0
    if early_s - max(0.0, offset_s) > window_s(trace, "settle"):
        return failed(
            "Downloading was reported before the retrieveDate",
            evidence,
            expected="Downloading at the retrieveDate or later",
            seen=f"{early_s:.0f} s before it",
        )
    if early_s > window_s(trace, "settle"):
        return passed("Downloading was reported", evidence).with_remark(
            f"{early_s:.0f} s before the retrieveDate, as the station's clock is {offset_s:.0f} s fast"
        )
    return passed("Downloading was reported", evidence)


def _not_reported(trace: Trace, update: Update, told: list[Told], wanted: FirmwareStatus) -> Verdict:
    """The status did not come. An update of which nothing was seen at all is judged by 12.1a alone."""
    words = ", ".join(str(t.request.status) for t in told) or "no FirmwareStatusNotification"
    known = (*update.evidence, *(t.n for t in told))
    reason = f"{wanted} was not reported"
    expected = f"FirmwareStatusNotification {wanted}"
    if not told and has_server_log(trace) and not transfers(trace, update, "download"):
        return inconclusive(f"{reason}: the update did not begin", known, expected=expected, seen=words)
    session = _went_on(trace, update, told[-1].n) if told and wanted == FirmwareStatus.INSTALLED else ()
    if session:
        waited = f"{reason}: a session went on, for whose end an installation may wait"
        return inconclusive(waited, (*known, *session), expected=expected, seen=words)
    nothing = _silence(trace, update)
    if not nothing.proved and not any(t.request.status in _ENDS for t in told):
        return inconclusive(f"{reason}, but {nothing.why}", known, expected=expected, seen=words)
    return failed(reason, (*known, *nothing.evidence), expected=expected, seen=words)


def _went_on(trace: Trace, update: Update, n: int) -> tuple[int, ...]:
    """What shows that a session was going on at that entry, and was not stopped before the update is given up."""
    until = update.mono + window_s(trace, "firmware")
    transactions = transactions_in(trace)
    if any(stop.n > n and stop.mono <= until for each in transactions for stop in each.stops):
        return ()
    connectors = dict.fromkeys(each.connector_id for each in transactions)
    return next((shown for each in connectors if (shown := charging_at(trace, n, each))), ())


_FAILURES = (FirmwareStatus.DOWNLOAD_FAILED, FirmwareStatus.INSTALLATION_FAILED)
_ENDS = (*_FAILURES, FirmwareStatus.INSTALLED)
_ORDER = (
    FirmwareStatus.DOWNLOADING,
    FirmwareStatus.DOWNLOADED,
    FirmwareStatus.INSTALLING,
    FirmwareStatus.INSTALLED,
)


@case.check(
    "12.2b", "Installed follows, the statuses in their order and no failure", clause="S§4.5, 7.25", octt=_OCTT
)
def installed_follows(trace: Trace) -> Verdict:
    return _every_update(trace, _installed)


def _installed(trace: Trace, update: Update) -> Verdict:
    if refusal(trace, update) is not None:
        return inconclusive("UpdateFirmware was not taken", update.evidence)
    told = _told(trace, update)
    known = (*update.evidence, *(t.n for t in told))
    words = ", ".join(str(t.request.status) for t in told)
    expected = "Downloading, (Downloaded, Installing,) Installed"
    wrong = _what_is_wrong([t.request.status for t in told])
    if wrong:
        return failed(wrong, known, expected=expected, seen=words)
    if not any(t.request.status == FirmwareStatus.INSTALLED for t in told):
        return _not_reported(trace, update, told, FirmwareStatus.INSTALLED)
    return _announced(trace, update, passed(f"the update went through {words}", known))


def _what_is_wrong(statuses: Sequence[str]) -> str:
    """In words, what the order of statuses breaks; empty for nothing. Repetitions are harmless."""
    rank = 0
    for status in statuses:
        if status in _FAILURES:
            return f"the update ended with {status}"
        if status == FirmwareStatus.IDLE:
            return "Idle was reported without a trigger"
        if status in _ORDER:
            place = _ORDER.index(FirmwareStatus(status))
            if place < rank:
                return f"{status} was reported after {_ORDER[rank]}"
            rank = place
    return ""


def _announced(trace: Trace, update: Update, verdict: Verdict) -> Verdict:
    """The version that the boots before and after announce; a version that stays is a remark."""
    before = _versions(trace.until(update.n))
    after = _versions(_following(trace, update))
    if not before or not after:
        return verdict
    wanted = profile_of(trace.head.profile).firmware_version if trace.head is not None else ""
    if wanted and after[-1] != wanted:
        return verdict.with_remark(f"firmwareVersion is “{after[-1]}”, announced was “{wanted}”")
    if after[-1] == before[-1]:
        return verdict.with_remark(f"firmwareVersion is “{after[-1]}” before and after the update")
    return verdict


def _versions(trace: Trace) -> list[str]:
    return [str(boot.request.firmware_version or "") for boot in theirs(trace, BootNotification)]


@case.check("12.3a", "The station reboots by itself, and no session is cut", clause="S§5.19", octt=_OCTT)
def reboots_by_itself(trace: Trace) -> Verdict:
    return _every_update(trace, _rebooted)


def _rebooted(trace: Trace, update: Update) -> Verdict:
    told = _told(trace, update)
    begun = next((t for t in told if t.request.status in _ORDER[1:]), None)
    known = (*update.evidence, *(t.n for t in told))
    if begun is None:
        return inconclusive("nothing was installed, so that no reboot was due", known)
    # A station may tell nothing between Downloading and the Installed that follows its reboot.
    stretch = _following(trace, update).after(told[0].n)
    boot = next(iter(boots(stretch)), None)
    end = boot.n if boot is not None else trace.entries[-1].n
    resets = ours(trace.between(update.n, end), Reset)
    if resets:
        return inconclusive("a Reset of ours lies in the time of the update", (*known, resets[0].n))
    whole = _following(trace, update)
    sessions = cut_by_update(trace, update, whole.entries[-1].n, [begun.n])
    if sessions is not None and sessions.outcome in (Outcome.FAIL, Outcome.INCONCLUSIVE):
        return sessions
    if boot is None or _too_late(trace, told, boot):
        return _no_reboot(trace, told, begun, known)
    figures = {"firmware_update_to_boot_s": round(boot.mono - update.mono, 1)}
    verdict = passed("the station rebooted by itself", (*known, *boot.evidence), figures=figures)
    if trace.shows_connections and boot.call.connection == update.call.connection:
        verdict = verdict.with_remark(
            "the connection stayed open, so that only its BootNotification tells it"
        )
    return verdict if sessions is None else together([verdict, sessions])


def _too_late(trace: Trace, told: list[Told], boot: Exchange[BootNotification]) -> bool:
    """Whether it came so long after Installed that something else will have caused it."""
    installed = next((t for t in told if t.request.status == FirmwareStatus.INSTALLED), None)
    return installed is not None and boot.mono > installed.mono + window_s(trace, "reset")


def _no_reboot(trace: Trace, told: list[Told], begun: Told, known: tuple[int, ...]) -> Verdict:
    installed = next((t for t in told if t.request.status == FirmwareStatus.INSTALLED), None)
    if installed is None:
        return inconclusive("Installed was not reported, and no reboot was seen", known)
    window = window_s(trace, "reset")
    until = installed.mono + window
    opened = [o for o in trace.after(begun.n).of(ConnectionOpened) if o.mono <= until]
    reason = "no BootNotification came after the installation"
    expected = "a reboot without a Reset"
    if opened:
        reason = "the station connected anew, but no BootNotification shows that it had rebooted"
        return inconclusive(reason, (*known, opened[0].n), expected=expected)
    nothing = absence(trace, installed.mono, window)
    if not nothing.proved:
        return inconclusive(f"{reason}, but {nothing.why}", known, expected=expected)
    return failed(reason, (*known, *nothing.evidence), expected=expected, seen=f"none within {window:g} s")

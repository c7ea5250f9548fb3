"""TC_080: firmware that is signed rightly is fetched, checked and installed."""

from collections.abc import Callable

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.files_in_record import has_server_log, transfers
from chargeproof.acceptance.profile import profile_of
from chargeproof.acceptance.quantifiers import absence, refusal
from chargeproof.acceptance.restarts_in_record import boots
from chargeproof.acceptance.security.firmware_scenes import (
    ENDS,
    FAILURES,
    OFFER_GOOD_FIRMWARE,
    UPDATE_SIGNED_FIRMWARE,
    update_signed_firmware,
)
from chargeproof.acceptance.security.updates_in_record import (
    Update,
    event_followed,
    every_update,
    wrong_request_id,
)
from chargeproof.acceptance.stage import Stage
from chargeproof.acceptance.verdict import Verdict, failed, inconclusive, not_run, passed
from chargeproof.acceptance.windows import window_s
from chargeproof.ocpp import BootNotification
from chargeproof.ocpp.security_enums import SecurityEvent, SignedFirmwareStatus
from chargeproof.trace import Exchange, Trace

case = Case(
    80,
    "Secure Firmware Update",
    criteria={
        "TC_080": (
            "SignedUpdateFirmware is accepted; Downloading, Downloaded, SignatureVerified, Installing and "
            "Installed follow, and the station comes back with the new firmware."
        ),
    },
    group="security",
)
_OCTT = ("TC_080_CS",)
_NEEDED = (
    SignedFirmwareStatus.DOWNLOADING,
    SignedFirmwareStatus.DOWNLOADED,
    SignedFirmwareStatus.SIGNATURE_VERIFIED,
    SignedFirmwareStatus.INSTALLED,
)
_ORDER = (*_NEEDED[:3], SignedFirmwareStatus.INSTALLING, SignedFirmwareStatus.INSTALLED)


@case.drive
async def drive(stage: Stage) -> None:
    """One update from our own file server, signed under a root that the station is given."""
    await update_signed_firmware(stage)


def _every_update(trace: Trace, judge_one: Callable[[Trace, Update], Verdict]) -> Verdict:
    return every_update(trace, OFFER_GOOD_FIRMWARE, UPDATE_SIGNED_FIRMWARE, ("good",), judge_one)


@case.check(
    "TC_080a",
    "The update is reported from Downloading over SignatureVerified to Installed, with the request's id",
    clause="W§ L01.FR.01, 10, 21, 22, W§5.20",
    octt=_OCTT,
)
def the_update_is_reported(trace: Trace) -> Verdict:
    return _every_update(trace, _reported)


def _reported(trace: Trace, update: Update) -> Verdict:
    refused = refusal(trace, update.asked, "Accepted", asked="SignedUpdateFirmware")
    if refused is not None:
        return refused
    wrong_id = wrong_request_id(update)
    if wrong_id is not None:
        return wrong_id
    statuses = [str(each.request.status) for each in update.told]
    expected = "Downloading, Downloaded, SignatureVerified, Installing, Installed"
    wrong = _what_is_wrong(statuses)
    if wrong:
        return failed(wrong, update.evidence, expected=expected, seen=update.words)
    missing = [str(status) for status in _NEEDED if status not in statuses]
    if not missing:
        return passed(f"the update went through {update.words}", update.evidence)
    reason = f"{', '.join(missing)} {'was' if len(missing) == 1 else 'were'} not reported"
    if any(status in ENDS for status in statuses):
        return failed(reason, update.evidence, expected=expected, seen=update.words)
    nothing = absence(trace, update.asked.mono, window_s(trace, "firmware"), across_reconnects=True)
    known = (*update.evidence, *nothing.evidence)
    if not nothing.proved:
        return inconclusive(f"{reason}, but {nothing.why}", known, expected=expected, seen=update.words)
    return failed(reason, known, expected=expected, seen=update.words)


def _what_is_wrong(statuses: list[str]) -> str:
    """In words, what the order breaks; empty for nothing. Repetitions are harmless."""
    rank = 0
    for status in statuses:
        if status in FAILURES:
            return f"the update ended with {status}"
        if status in _ORDER:
            place = _ORDER.index(SignedFirmwareStatus(status))
            if place < rank:
                return f"{status} was reported after {_ORDER[rank]}"
            rank = place
    return ""


@case.check("TC_080b", "The file is fetched from our server", clause="W§ L01, W§5.21", octt=_OCTT)
def the_file_is_fetched(trace: Trace) -> Verdict:
    return _every_update(trace, _fetched)


def _fetched(trace: Trace, update: Update) -> Verdict:
    whole = [file for file in transfers(trace, update.asked, "download") if file.complete]
    if whole:
        return passed(
            f"“{whole[0].name}” of {whole[0].size} bytes was fetched", (*update.asked.evidence, whole[0].n)
        )
    if update.asked.status != "Accepted":
        return inconclusive("SignedUpdateFirmware was not accepted", update.asked.evidence)
    if not has_server_log(trace):
        return not_run("no file server of ours took part, whose log would show it", update.asked.evidence)
    reason, expected = "the firmware file was not fetched from our server", "the whole file is downloaded"
    if not any(each.request.status in ENDS for each in update.told):
        nothing = absence(trace, update.asked.mono, window_s(trace, "firmware"), across_reconnects=True)
        if not nothing.proved:
            return inconclusive(f"{reason}, but {nothing.why}", update.evidence, expected=expected)
    return failed(reason, update.evidence, expected=expected, seen="no download in our file server's log")


@case.check(
    "TC_080c",
    "The station comes back with a BootNotification that tells the new version",
    clause="W§ L01, S§4.2",
    octt=_OCTT,
)
def the_new_version_boots(trace: Trace) -> Verdict:
    return _every_update(trace, _booted)


def _booted(trace: Trace, update: Update) -> Verdict:
    installed = _installed(update)
    if installed is None:
        return inconclusive("Installed was not reported", update.evidence)
    if not update.boots:
        return _no_boot(trace, update, update.told[installed].mono)
    boot = update.boots[-1]
    known = (*update.asked.evidence, *boot.evidence)
    after = _version(boot)
    earlier = boots(trace.until(update.asked.n))
    before = _version(earlier[-1]) if earlier else None
    wanted = profile_of(trace.head.profile).firmware_version if trace.head is not None else ""
    if wanted and after != wanted and after == before:
        return failed(
            "the station tells its old version after the update",
            known,
            expected=f"firmwareVersion {wanted}",
            seen=f"firmwareVersion {after}, as before",
        )
    verdict = passed(f"the station came back with firmwareVersion “{after}”", known)
    if wanted and after != wanted:
        return verdict.with_remark(f"firmwareVersion is “{after}”, announced was “{wanted}”")
    if after == before:
        return verdict.with_remark(f"firmwareVersion is “{after}” before and after the update")
    return verdict


def _version(boot: Exchange[BootNotification]) -> str:
    return str(getattr(boot.request, "firmware_version", None) or "")


def _installed(update: Update) -> int | None:
    """The place of Installed among what was told."""
    statuses = [each.request.status for each in update.told]
    return (
        statuses.index(SignedFirmwareStatus.INSTALLED) if SignedFirmwareStatus.INSTALLED in statuses else None
    )


def _no_boot(trace: Trace, update: Update, since_mono: float) -> Verdict:
    reason, expected = "no BootNotification came with the new firmware", "a BootNotification"
    nothing = absence(trace, since_mono, window_s(trace, "reset"), across_reconnects=True)
    known = (*update.evidence, *nothing.evidence)
    if not nothing.proved:
        return inconclusive(f"{reason}, but {nothing.why}", known, expected=expected)
    return failed(reason, known, expected=expected, seen="none")


@case.check(
    "TC_080d", "SecurityEventNotification FirmwareUpdated follows", clause="W§ A04.FR.01, W§8", octt=_OCTT
)
def the_update_is_an_event(trace: Trace) -> Verdict:
    return _every_update(trace, _told_of)


def _told_of(trace: Trace, update: Update) -> Verdict:
    installed = _installed(update)
    if installed is None:
        return inconclusive("Installed was not reported", update.evidence)
    moments = [update.told[installed].mono, *(boot.mono for boot in update.boots)]
    return event_followed(trace, update, SecurityEvent.FIRMWARE_UPDATED, max(moments), "the installation")

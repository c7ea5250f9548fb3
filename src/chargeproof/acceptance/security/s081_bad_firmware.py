"""TC_081: firmware that is not signed rightly, or by nobody that the station trusts, is not installed."""

from collections.abc import Callable

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.files_in_record import transfers
from chargeproof.acceptance.quantifiers import absence, answer_to, every, ours, refusal, scene_not_played
from chargeproof.acceptance.security.extension import extension_lacking, message_lacking
from chargeproof.acceptance.security.firmware_scenes import (
    OFFER_ALL_BAD_FIRMWARE,
    OFFER_BAD_FIRMWARE,
    OFFER_UNSIGNED_FIRMWARE,
    offer_bad_firmware,
)
from chargeproof.acceptance.security.updates_in_record import (
    Update,
    event_followed,
    every_update,
    wrong_request_id,
)
from chargeproof.acceptance.stage import Stage
from chargeproof.acceptance.verdict import Verdict, failed, inconclusive, passed
from chargeproof.acceptance.windows import window_s
from chargeproof.ocpp import Reset, UpdateFirmware
from chargeproof.ocpp.security import SignedUpdateFirmware
from chargeproof.ocpp.security_enums import SecurityEvent, SignedFirmwareStatus
from chargeproof.trace import Exchange, Trace

case = Case(
    81,
    "Secure Firmware Update - Invalid Signature",
    criteria={
        "TC_081": (
            "Firmware whose signature does not fit is reported InvalidSignature and not installed; a signing "
            "certificate that is not to be believed is answered InvalidCertificate."
        ),
    },
    group="security",
)
_OCTT = ("TC_081_CS",)
_SIGNATURE = ("bad signature",)
_CERTIFICATES = ("wrong root", "expired")
_WHAT = {
    "wrong root": "a signing certificate of an unknown authority",
    "expired": "an expired signing certificate",
}
_INSTALLING = (
    SignedFirmwareStatus.SIGNATURE_VERIFIED,
    SignedFirmwareStatus.INSTALLING,
    SignedFirmwareStatus.INSTALL_REBOOTING,
    SignedFirmwareStatus.INSTALLED,
)


@case.drive
async def drive(stage: Stage) -> None:
    """Three offers, each with one thing wrong."""
    await offer_bad_firmware(stage)


def _every_offer(
    trace: Trace, wanted: tuple[str, ...], judge_one: Callable[[Trace, Update], Verdict]
) -> Verdict:
    return every_update(trace, OFFER_BAD_FIRMWARE, OFFER_ALL_BAD_FIRMWARE, wanted, judge_one)


@case.check(
    "TC_081a",
    "Firmware whose signature does not fit is reported InvalidSignature, and not installed",
    clause="W§ L01.FR.01, 03, 10, W§6.8",
    octt=_OCTT,
)
def a_bad_signature_is_refused(trace: Trace) -> Verdict:
    return _every_offer(trace, _SIGNATURE, _not_installed)


def _not_installed(trace: Trace, update: Update) -> Verdict:
    refused = refusal(trace, update.asked, "Accepted", asked="SignedUpdateFirmware with a good certificate")
    if refused is not None:
        return refused
    expected = "InvalidSignature, and nothing is installed"
    installing = next((each for each in update.told if each.request.status in _INSTALLING), None)
    if installing is not None:
        return failed(
            f"{installing.request.status} was reported for firmware with a bad signature",
            update.evidence,
            expected=expected,
            seen=update.words,
        )
    booted = [boot for boot in update.boots if not ours(update.following.until(boot.n), Reset)]
    if booted:
        return failed(
            "the station rebooted after firmware with a bad signature",
            (*update.evidence, *booted[0].evidence),
            expected=expected,
            seen=f"{update.words}, then a BootNotification",
        )
    wrong_id = wrong_request_id(update)
    return wrong_id or _reported(trace, update, expected)


def _reported(trace: Trace, update: Update, expected: str) -> Verdict:
    statuses = [each.request.status for each in update.told]
    if SignedFirmwareStatus.INVALID_SIGNATURE in statuses:
        return passed(f"the bad signature was found: {update.words}", update.evidence)
    reason = "InvalidSignature was not reported"
    nothing = absence(trace, update.asked.mono, window_s(trace, "firmware"))
    ended = any(status in _ENDS for status in statuses)
    if not nothing.proved and not ended:
        return inconclusive(f"{reason}, but {nothing.why}", update.evidence, expected=expected)
    return failed(reason, (*update.evidence, *nothing.evidence), expected=expected, seen=update.words)


_ENDS = (
    SignedFirmwareStatus.DOWNLOAD_FAILED,
    SignedFirmwareStatus.INSTALLATION_FAILED,
    SignedFirmwareStatus.INSTALL_VERIFICATION_FAILED,
)


@case.check(
    "TC_081b",
    "SecurityEventNotification InvalidFirmwareSignature follows",
    clause="W§ L01.FR.03, W§8",
    octt=_OCTT,
)
def a_bad_signature_is_told_of(trace: Trace) -> Verdict:
    return _every_offer(trace, _SIGNATURE, _signature_event)


def _signature_event(trace: Trace, update: Update) -> Verdict:
    found = [each for each in update.told if each.request.status == SignedFirmwareStatus.INVALID_SIGNATURE]
    if not found:
        return inconclusive("InvalidSignature was not reported", update.evidence)
    wanted = SecurityEvent.INVALID_FIRMWARE_SIGNATURE
    return event_followed(trace, update, wanted, found[0].mono, "the bad signature")


@case.check(
    "TC_081c",
    "A signing certificate that is not to be believed is answered InvalidCertificate, and nothing is fetched",
    clause="W§ L01.FR.23, 24, W§6.18",
    octt=_OCTT,
)
def a_bad_certificate_is_refused(trace: Trace) -> Verdict:
    return _every_offer(trace, _CERTIFICATES, _refused)


def _refused(trace: Trace, update: Update) -> Verdict:
    what = _WHAT[update.offered]
    refused = refusal(trace, update.asked, "InvalidCertificate", asked=f"SignedUpdateFirmware with {what}")
    if refused is not None:
        return refused
    fetched = transfers(trace, update.asked, "download")
    if fetched:
        return failed(
            f"the file was fetched although {what} had been refused",
            (*update.asked.evidence, fetched[0].n),
            expected="nothing is fetched",
            seen=f"a download of “{fetched[0].name}”",
        )
    return passed(f"{what} was refused", update.asked.evidence)


@case.check(
    "TC_081d",
    "SecurityEventNotification InvalidFirmwareSigningCertificate follows",
    clause="W§ L01.FR.02, W§8",
    octt=_OCTT,
)
def a_bad_certificate_is_told_of(trace: Trace) -> Verdict:
    return _every_offer(trace, _CERTIFICATES, _certificate_event)


def _certificate_event(trace: Trace, update: Update) -> Verdict:
    if update.asked.status != "InvalidCertificate":
        return inconclusive("the certificate was not refused", update.asked.evidence)
    wanted = SecurityEvent.INVALID_FIRMWARE_SIGNING_CERTIFICATE
    return event_followed(trace, update, wanted, update.asked.mono, _WHAT[update.offered])


@case.check(
    "TC_081e",
    "Firmware that is not signed at all is refused: UpdateFirmware is answered NotSupported",
    clause="W§ L01.FR.20",
)
def unsigned_firmware_is_refused(trace: Trace) -> Verdict:
    offered = [
        each
        for span in trace.steps(OFFER_UNSIGNED_FIRMWARE)
        for each in ours(trace.during(span), UpdateFirmware)
    ]
    lacking = message_lacking(trace, SignedUpdateFirmware) or (None if offered else extension_lacking(trace))
    return lacking or every(
        offered,
        lambda asked: _unsigned_refused(trace, asked),
        nothing=scene_not_played(trace, OFFER_ALL_BAD_FIRMWARE, "no unsigned firmware was offered"),
    )


def _unsigned_refused(trace: Trace, asked: Exchange[UpdateFirmware]) -> Verdict:
    said, expected = answer_to(asked), "CALLERROR NotSupported"
    fetched = transfers(trace, asked, "download")
    if fetched or asked.confirmation is not None:
        seen = f"a download of “{fetched[0].name}”" if fetched else said
        return failed(
            "unsigned firmware was fetched" if fetched else "unsigned firmware was not refused",
            (*asked.evidence, *(file.n for file in fetched[:1])),
            expected=expected,
            seen=seen,
        )
    if asked.error is None:
        return inconclusive(f"UpdateFirmware was met with {said}", asked.evidence, expected=expected)
    verdict = passed(f"unsigned firmware was refused: {said}", asked.evidence)
    if asked.error.error_code == "NotSupported":
        return verdict
    return verdict.with_remark(f"it was refused with {asked.error.error_code} where NotSupported belongs")

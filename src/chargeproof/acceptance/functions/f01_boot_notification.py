"""Function 1: Boot notification."""

import re
from collections.abc import Callable
from typing import Any

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.profile import profile_of
from chargeproof.acceptance.quantifiers import every, ours
from chargeproof.acceptance.restarts_in_record import Restart, boot_absence, boots, late_boot, restarts
from chargeproof.acceptance.stage import Stage
from chargeproof.acceptance.unattended import hard_reset
from chargeproof.acceptance.verdict import (
    Outcome,
    Verdict,
    failed,
    inconclusive,
    not_applicable,
    not_run,
    passed,
)
from chargeproof.ocpp import BootNotification, Reset
from chargeproof.ocpp.deviations import short
from chargeproof.trace import Exchange, Trace

case = Case(
    1,
    "Boot notification",
    criteria={
        "1.1": (
            "Receive a (not empty) BootNotification message, containing chargePointModel and chargePointVendor "
            "(required by OCPP 1.6), and chargePointSerialNumber, iccid, chargePointVendor, firmwareVersion and "
            "chargePointModel"
        ),
    },
)

_OCTT = ("TC_001_CS",)
_LENGTHS = {
    "chargePointModel": 20,
    "chargePointVendor": 20,
    "chargePointSerialNumber": 25,
    "firmwareVersion": 50,
}
# What stations write into a field for which they have nothing.
_NO_VALUE = re.compile(
    r"[\W_]*|00+|null|nil|none|nan|n/a|na|unknown|undefined|not[ _-]?(set|available)", re.IGNORECASE
)
# ITU-T E.118: 89, then up to 18 digits; some modules give the last as the filler F.
_ICCID = re.compile(r"89[0-9]{16,17}[0-9Ff]?")


@case.drive
async def drive(stage: Stage) -> None:
    """A hard reset makes the station boot under our eyes."""
    await hard_reset(stage)


@case.check(
    "1.1a", "A boot that we caused sends a BootNotification that is not empty", clause="S§4.2", octt=_OCTT
)
def boot_sends_boot_notification(trace: Trace) -> Verdict:
    seen = [r for r in restarts(trace) if r.closed is not None or not trace.shows_connections]
    if not seen:
        return _without_restart(trace)
    return every(seen, lambda restart: _boot_after(trace, restart), nothing="no restart was seen")


def _without_restart(trace: Trace) -> Verdict:
    """No boot was caused: a boot that came by itself still shows that the message exists."""
    by_itself = boots(trace)
    if by_itself:
        return every(by_itself, _not_empty, nothing="no BootNotification was seen")
    resets = ours(trace, Reset)
    if resets:
        return inconclusive("no reset led to a restart, and no BootNotification came", [r.n for r in resets])
    return not_run("no boot was caused and none was seen")


def _boot_after(trace: Trace, restart: Restart) -> Verdict:
    if restart.boot is not None:
        return _not_empty(restart.boot)
    late = late_boot(trace, restart)
    if late is not None:
        after_s = late.mono - restart.answer.mono
        return _not_empty(late).with_remark(f"it came only {after_s:.0f} s after the reset was confirmed")
    nothing = boot_absence(trace, restart)
    reason = f"no BootNotification after the restart by Reset {restart.reset.request.type}"
    known = (*restart.evidence, *nothing.evidence)
    expected = "a BootNotification after the restart"
    if not nothing.proved:
        return inconclusive(f"{reason}, but {nothing.why}", known, expected=expected)
    return failed(reason, known, expected=expected, seen="other messages, but no BootNotification")


def _not_empty(boot: Exchange[BootNotification]) -> Verdict:
    if _payload(boot):
        return passed("a BootNotification with content came after the boot", boot.evidence)
    return failed(
        "the BootNotification is empty",
        boot.evidence,
        expected="a payload with at least one field",
        seen=short(boot.reading.payload),
    )


@case.check("1.1b", "chargePointModel and chargePointVendor are given", clause="S§6.3", octt=_OCTT)
def model_and_vendor_are_given(trace: Trace) -> Verdict:
    return _every_boot(trace, lambda boot: _fields_given(boot, "chargePointModel", "chargePointVendor"))


@case.check("1.1c", "chargePointSerialNumber is given", clause="S§6.3 (optional there)", octt=_OCTT)
def serial_number_is_given(trace: Trace) -> Verdict:
    return _every_boot(trace, lambda boot: _fields_given(boot, "chargePointSerialNumber"))


@case.check("1.1d", "iccid is given where there is a modem", clause="S§6.3 (optional there)", octt=_OCTT)
def iccid_is_given(trace: Trace) -> Verdict:
    return _every_boot(trace, lambda boot: _iccid_given(trace, boot))


def _iccid_given(trace: Trace, boot: Exchange[BootNotification]) -> Verdict:
    value = _field(boot, "iccid")
    if _ICCID.fullmatch(value):
        return passed("iccid is given", boot.evidence)
    connectivity = profile_of(trace.head.profile).connectivity if trace.head is not None else None
    seen = f"iccid is {short(_payload(boot)['iccid'])}" if "iccid" in _payload(boot) else "no iccid"
    if connectivity in ("lan", "wifi"):
        how = "LAN" if connectivity == "lan" else "Wi-Fi"
        return not_applicable(f"ICCID not included, charger connected via {how}", boot.evidence, seen=seen)
    if connectivity is None:
        return inconclusive(
            "iccid is missing, and nobody stated whether the station has a modem", boot.evidence, seen=seen
        )
    return failed("iccid is missing at a station with a modem", boot.evidence, expected="an ICCID", seen=seen)


@case.check("1.1e", "firmwareVersion is given", clause="S§6.3 (optional there)", octt=_OCTT)
def firmware_version_is_given(trace: Trace) -> Verdict:
    return _every_boot(trace, lambda boot: _firmware_version(trace, boot))


def _firmware_version(trace: Trace, boot: Exchange[BootNotification]) -> Verdict:
    verdict = _fields_given(boot, "firmwareVersion")
    profile = profile_of(trace.head.profile if trace.head is not None else {})
    announced = [v for v in (profile.header.firmware_version, profile.firmware_version) if v]
    value = _field(boot, "firmwareVersion")
    if verdict.outcome is not Outcome.PASS or not profile.header.firmware_version or value in announced:
        return verdict
    return verdict.with_remark(
        f"firmwareVersion is “{value}”, announced was “{profile.header.firmware_version}”"
    )


def _every_boot(trace: Trace, judge_one: Callable[[Exchange[BootNotification]], Verdict]) -> Verdict:
    filled = [boot for boot in boots(trace) if _payload(boot)]
    return every(filled, judge_one, nothing=not_run("no BootNotification with content was seen"))


def _payload(boot: Exchange[BootNotification]) -> dict[str, Any]:
    return boot.reading.payload if isinstance(boot.reading.payload, dict) else {}


def _field(boot: Exchange[BootNotification], name: str) -> str:
    value = _payload(boot).get(name)
    return value.strip() if isinstance(value, str) else ""


def _fields_given(boot: Exchange[BootNotification], *names: str) -> Verdict:
    wrong = {name: what for name in names if (what := _what_is_wrong(boot, name))}
    if not wrong:
        return passed(f"{' and '.join(names)} given", boot.evidence)
    return failed(
        f"the BootNotification lacks {' and '.join(wrong)}",
        boot.evidence,
        expected=" and ".join(f"{name} of 1 to {_LENGTHS[name]} characters" for name in names),
        seen=", ".join(f"{name} {what}" for name, what in wrong.items()),
    )


def _what_is_wrong(boot: Exchange[BootNotification], name: str) -> str:
    """In words, what keeps the field from being given; empty where nothing does."""
    if name not in _payload(boot):
        return "missing"
    value = _field(boot, name)
    if _payload(boot)[name] == "":
        return "empty"
    if _NO_VALUE.fullmatch(value):
        return f"without a value: {short(_payload(boot)[name])}"
    return f"too long: {len(value)} characters" if len(value) > _LENGTHS[name] else ""

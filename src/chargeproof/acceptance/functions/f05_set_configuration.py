"""Function 5: Set configuration (set parameters that can be configured)."""

from dataclasses import dataclass, replace

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.configuration_in_record import KeyReading, key_readings, same_key, same_value
from chargeproof.acceptance.configuration_keys import is_secret
from chargeproof.acceptance.quantifiers import ours, refusal, scene_not_played, together
from chargeproof.acceptance.stage import Stage
from chargeproof.acceptance.unattended import WRITE_BACK_KEYS, write_back_keys
from chargeproof.acceptance.verdict import (
    Outcome,
    Verdict,
    failed,
    inconclusive,
    not_applicable,
    passed,
    passed_with_remark,
)
from chargeproof.ocpp import ChangeConfiguration
from chargeproof.trace import Exchange, Trace

case = Case(
    5,
    "Set configuration (set parameters that can be configured)",
    criteria={
        "5.1": (
            "After sending ChangeConfiguration (per item) a message with status Accepted must be received (and "
            'not "Not Supported", "Not implemented")'
        ),
    },
)


@case.drive
async def drive(stage: Stage) -> None:
    """Every writable key gets its present value back; HeartbeatInterval is edited and put back."""
    await write_back_keys(stage)


_EDITED = "HeartbeatInterval"


@dataclass(frozen=True, slots=True)
class Write:
    """One ChangeConfiguration with the last reading of the key before it and the first one after it."""

    exchange: Exchange[ChangeConfiguration]
    before: KeyReading | None
    after: KeyReading | None

    @property
    def key(self) -> str:
        return str(self.exchange.request.key)

    @property
    def value(self) -> str:
        return str(self.exchange.request.value)

    @property
    def is_write_back(self) -> bool:
        """Whether the key got the value that the station itself had last reported for it."""
        return self.before is not None and self.before.value == self.value

    @property
    def is_read_only(self) -> bool:
        """Whether the station had listed the key as read-only."""
        return self.before is not None and self.before.item is not None and bool(self.before.item.readonly)

    @property
    def evidence(self) -> tuple[int, ...]:
        read = () if self.after is None else (self.after.exchange.n, self.after.n)
        return (*self.exchange.evidence, *read)


@case.check(
    "5.1a",
    "Every writable key takes its present value, a real change is seen and undone",
    clause="S§5.3, 9.1",
    octt=("TC_021_CS", "TC_040_1_CS", "TC_040_2_CS"),
)
def every_writable_key_can_be_set(trace: Trace) -> Verdict:
    writes = counted_writes(trace)
    if not writes:
        return scene_not_played(trace, WRITE_BACK_KEYS, "no key was written")
    verdict = together([*(_written(trace, write) for write in writes), _really_changed(writes)])
    if verdict.outcome is not Outcome.PASS:
        return verdict
    return replace(verdict, reason=f"{len(writes)} writes were accepted and read back")


def counted_writes(trace: Trace) -> list[Write]:
    """Which ChangeConfigurations this check is about.

    All of the scene that writes the keys back. In a record without that scene: those that give a key the
    value last reported for it, and those of HeartbeatInterval. What other scenes set (a list of measurands
    that a station may refuse) is theirs to judge.
    """
    spans = trace.steps(WRITE_BACK_KEYS)
    stretches = [trace.during(span) for span in spans] or [trace]
    changes = [change for stretch in stretches for change in ours(stretch, ChangeConfiguration)]
    readings: dict[str, list[KeyReading]] = {}
    for reading in key_readings(trace):
        readings.setdefault(reading.key.casefold(), []).append(reading)
    all_changes = ours(trace, ChangeConfiguration)
    writes: list[Write] = []
    for change in changes:
        key = str(change.request.key)
        mine = readings.get(key.casefold(), [])
        before = [reading for reading in mine if reading.n < change.n]
        end_n = next((c.n for c in all_changes if c.n > change.n and same_key(c.request.key, key)), None)
        after = [r for r in mine if r.exchange.n > change.n and (end_n is None or r.n < end_n)]
        writes.append(Write(change, before[-1] if before else None, after[0] if after else None))
    if spans:
        return writes
    edits = [write for write in writes if same_key(write.key, _EDITED) and not write.is_write_back]
    # A value that a station may refuse can have been tried before another one was taken.
    taken = [edit for edit in edits if edit.exchange.status in ("Accepted", "RebootRequired")]
    counted = {edit.exchange.n for edit in taken or edits}
    return [write for write in writes if write.is_write_back or write.exchange.n in counted]


def _written(trace: Trace, write: Write) -> Verdict:
    """Accepted or RebootRequired, and read back; Rejected is right for a key that is listed as read-only."""
    asked = f"ChangeConfiguration of {write.key}"
    if write.is_read_only and write.exchange.status == "Rejected":
        return not_applicable(f"{write.key} is read-only", write.exchange.evidence)
    refused = refusal(trace, write.exchange, "Accepted", "RebootRequired", asked=asked)
    if refused is not None:
        return refused
    if write.after is None:
        return inconclusive(f"{asked} was accepted, but not read back", write.exchange.evidence)
    if write.after.item is None:
        reason = f"{asked} was accepted, but the key is unknown when it is read back by its name (4.1b)"
        return inconclusive(reason, write.evidence)
    needs_reboot = write.exchange.status == "RebootRequired"
    if same_value(write.after.value, write.value):
        remark = f"RebootRequired: {write.key}" if needs_reboot else ""
        return passed(f"{asked} was accepted and read back", write.evidence, remark=remark)
    if needs_reboot and not write.is_write_back:
        remark = f"RebootRequired: {write.key}, whose new value is not read back before"
        return passed_with_remark(f"{asked} takes effect after a reboot", write.evidence, remark=remark)
    return failed(
        f"{asked} was answered {write.exchange.status}, but the value reads back differently",
        write.evidence,
        expected=_shown(write.key, write.value),
        seen=_shown(write.key, write.after.value),
    )


def _shown(key: str, value: str | None) -> str:
    if value is None:
        return "no value"
    return "a secret" if is_secret(key) else f"“{value}”"


def _really_changed(writes: list[Write]) -> Verdict:
    """HeartbeatInterval got another value, was read back with it, and got its first value again."""
    edits = [write for write in writes if same_key(write.key, _EDITED)]
    done = [e for e in edits if not e.is_write_back and e.exchange.status in ("Accepted", "RebootRequired")]
    evidence = [n for edit in edits for n in edit.evidence]
    if not done:
        if edits and edits[0].is_read_only:
            return passed_with_remark(
                "HeartbeatInterval is read-only",
                evidence,
                remark="no real change: HeartbeatInterval is read-only",
            )
        return inconclusive("no key was given another value than it had", evidence)
    first = done[0].before.value if done[0].before is not None else None
    if first is not None and not same_value(edits[-1].value, first):
        return inconclusive("HeartbeatInterval was changed, but not put back", evidence)
    remark = "HeartbeatInterval edited"
    return passed("HeartbeatInterval was edited and put back", evidence, remark=remark)

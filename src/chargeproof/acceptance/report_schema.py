"""The report as data: what every form shows, and exactly what ``report.json`` holds.

Entry numbers are those of the record. Times are UTC; spans are seconds. Fields beyond those that a reader
needs may be added within one ``schema``; none is renamed or dropped.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from chargeproof.acceptance.report_figures import Figures
from chargeproof.acceptance.self_proof import SelfProof
from chargeproof.acceptance.verdict import Outcome

SCHEMA = 1
STATEMENT = (
    "This is the result of an operator's acceptance test. "
    "It is not a certificate of the Open Charge Alliance."
)


class Overruling(msgspec.Struct, frozen=True, kw_only=True):
    """A person set another verdict beside the machine's, with name and reason. The machine's stays.

    ``part``: of the record, whose verdict it was; it does not hold for a later play of the function. 0: for any.
    """

    verdict: Outcome
    by: str
    reason: str
    at: str = ""
    part: int = 0


class CheckReport(msgspec.Struct, frozen=True, kw_only=True):
    """One check: the machine's verdict and everything that it rests on.

    evidence: numbers of entries. source: where these stand in the log of another system, in words.
    """

    id: str
    sentence: str
    verdict: Outcome
    reason: str
    remark: str = ""
    clause: str = ""
    octt: tuple[str, ...] = ()
    hands: bool = False
    expected: str = ""
    seen: str = ""
    evidence: tuple[int, ...] = ()
    source: str = ""
    figures: dict[str, Any] = {}
    overruled: Overruling | None = None


class CriterionReport(msgspec.Struct, frozen=True, kw_only=True):
    """One criterion in the document's words. ``decided`` is the verdict after what persons overruled."""

    id: str
    text: str
    verdict: Outcome
    decided: Outcome
    remark: str = ""
    checks: tuple[CheckReport, ...] = ()


class OtherPlay(msgspec.Struct, frozen=True, kw_only=True):
    """Another play of a function in the same run, which does not count, and why not."""

    part: int
    verdict: Outcome
    result: str
    why: str
    began_at: datetime | None = None


class PartReport(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the record: the run itself, or a repeat after it. ``functions`` is what it was to play."""

    number: int
    functions: tuple[int, ...]
    outcome: str
    first_entry: int
    began_at: datetime
    ended_at: datetime
    detail: str = ""


class FunctionReport(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the document, or a case of a further group. ``result`` is its fourth column, in its own style.

    ``label``: how people name it: the document's number, or the test case (TC_073).
    ``part``: of the record, from which the verdicts are; ``other_plays``: the function's plays in other parts.
    """

    number: int
    title: str
    verdict: Outcome
    decided: Outcome
    remark: str = ""
    result: str = ""
    seconds: float | None = None
    criteria: tuple[CriterionReport, ...] = ()
    part: int = 1
    other_plays: tuple[OtherPlay, ...] = ()
    label: str = ""

    @property
    def name(self) -> str:
        """The label; reports of earlier versions have the number alone."""
        return self.label or str(self.number)


class GroupReport(msgspec.Struct, frozen=True, kw_only=True):
    """Cases beside the document's functions, with a verdict of their own."""

    id: str
    title: str
    verdict: Outcome
    decided: Outcome
    cases: tuple[FunctionReport, ...] = ()

    def criteria(self) -> list[CriterionReport]:
        return [criterion for case in self.cases for criterion in case.criteria]


class HeaderField(msgspec.Struct, frozen=True, kw_only=True):
    """A field of the form's header: what the station said, what somebody typed, and whether they differ."""

    name: str
    wire: str = ""
    typed: str = ""
    differs: bool = False
    entry: int | None = None


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """Something that preparation or restoration had to see to, judged like a check."""

    name: str
    verdict: Outcome
    reason: str
    evidence: tuple[int, ...] = ()


class StationCare(msgspec.Struct, frozen=True, kw_only=True):
    """How the station was prepared, or left: the conditions and the worst of them."""

    verdict: Outcome
    conditions: tuple[Condition, ...] = ()


class ActReport(msgspec.Struct, frozen=True, kw_only=True):
    """One act of the visit with its times."""

    number: int
    act: str
    sentence: str
    phase: str
    by: str
    detail: str = ""
    asked_at: datetime
    ended_at: datetime | None = None
    seconds: float | None = None
    entry: int


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """Where a deviation was seen, and what exactly."""

    entry: int
    detail: str = ""


class LintReport(msgspec.Struct, frozen=True, kw_only=True):
    """A deviation that was seen in the record, in words for the station's builder."""

    id: str
    count: int
    first_entry: int
    group: str = ""
    title: str = ""
    clause: str = ""
    advice: str = ""
    sightings: tuple[Sighting, ...] = ()


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One way in which the station connected, how often, and the entry of the first time.

    ``profile``: the security profile that it amounts to, None where the record does not say. ``protocol`` and
    ``cipher`` are of TLS, empty without it; ``server_certificate`` is ours, ``RSA`` or ``ECDSA``. ``certificate_…``
    are of the station's. ``password_form``: ``hex text``, ``bytes`` (that the hex text stands for) or ``text``.
    """

    subprotocol: str = ""
    profile: int | None = None
    protocol: str = ""
    cipher: str = ""
    server_certificate: str = ""
    authentication: str = ""
    password_form: str = ""
    certificate_subject: str = ""
    certificate_issuer: str = ""
    certificate_serial: str = ""
    certificate_expires_at: datetime | None = None
    connections: int = 0
    entry: int | None = None

    @property
    def sentence(self) -> str:
        """All of it in one line of text."""
        return "; ".join(part for part in self._parts() if part)

    def _parts(self) -> Iterator[str]:
        yield f"sub-protocol {self.subprotocol or 'none'}"
        yield f"security profile {self.profile}" if self.profile is not None else ""
        yield f"{self.protocol} {self.cipher}".strip() or "no TLS"
        yield f"{self.server_certificate} server certificate" if self.server_certificate else ""
        yield f"authentication {self.authentication or 'none'}"
        yield f"password written as {self.password_form}" if self.password_form else ""
        if self.certificate_serial:
            yield (
                f"station certificate {self.certificate_subject}, serial number {self.certificate_serial}, "
                f"issued by {self.certificate_issuer}"
            )
        yield f"valid until {self.certificate_expires_at:%Y-%m-%d}" if self.certificate_expires_at else ""
        yield f"{self.connections} connection{'' if self.connections == 1 else 's'}"


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """Under which rules and on which line the record was made."""

    tool_version: str = ""
    rule_set: str = ""
    site: str = ""
    run_outcome: str = ""
    run_detail: str = ""
    began_at: datetime | None = None
    ended_at: datetime | None = None
    subprotocol: str = ""
    tls: str = ""
    authentication: str = ""
    lines: tuple[Line, ...] = ()
    functions: tuple[int, ...] = ()
    windows: dict[str, float] = {}
    host: dict[str, Any] = {}
    damage: str = ""

    @property
    def line_sentences(self) -> tuple[str, ...]:
        """How the station was connected, each way in a sentence; a record without handshakes says what it can."""
        known = f"sub-protocol {self.subprotocol or '–'}; TLS {self.tls or '–'}"
        return tuple(line.sentence for line in self.lines) or (
            f"{known}; authentication {self.authentication or '–'}",
        )


class People(msgspec.Struct, frozen=True, kw_only=True):
    """Who was there; blank ones are lines to sign on."""

    tester: str = ""
    witness: str = ""
    place: str = ""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A check or deviation whose standing differs between two runs, or is bad in both."""

    kind: str
    id: str
    sentence: str
    before: str
    now: str


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """This run against an earlier one of the same model, firmware to firmware."""

    previous_firmware: str
    firmware: str
    previous_record_sha256: str
    previous_began_at: datetime | None = None
    new: tuple[Change, ...] = ()
    fixed: tuple[Change, ...] = ()
    unchanged: tuple[Change, ...] = ()
    other: tuple[Change, ...] = ()


class Judging(msgspec.Struct, frozen=True, kw_only=True):
    """What names the judging itself: the only part that may differ when a record is judged again."""

    judged_at: str | None = None
    tool_version: str = ""
    self_proof: SelfProof | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The whole report."""

    schema: int = SCHEMA
    outcome: Outcome
    decided: Outcome
    station: dict[str, str]
    header: tuple[HeaderField, ...]
    functions: tuple[FunctionReport, ...]
    preparation: StationCare
    restoration: StationCare
    acts: tuple[ActReport, ...]
    lints: tuple[LintReport, ...]
    figures: Figures
    environment: Environment
    people: People
    comparison: Comparison | None = None
    statement: str = STATEMENT
    parts: tuple[PartReport, ...] = ()
    record_sha256: str
    judging: Judging
    further: tuple[GroupReport, ...] = ()

    def rows(self) -> list[FunctionReport]:
        """The document's functions, then the cases of further groups."""
        return [*self.functions, *(case for group in self.further for case in group.cases)]

    def checks(self) -> list[CheckReport]:
        """All checks: in the document's order, then those of further groups."""
        return [check for row in self.rows() for c in row.criteria for check in c.checks]

    def criteria(self) -> list[CriterionReport]:
        """The document's criteria in its order."""
        return [criterion for function in self.functions for criterion in function.criteria]


def load_report(text: bytes | str) -> Report:
    """Read a ``report.json``. Raises ValueError that says what does not fit."""
    try:
        report = msgspec.json.decode(text, type=Report)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ValueError(f"this is not a report of schema {SCHEMA}: {error}") from error
    if report.schema != SCHEMA:
        raise ValueError(f"the report has schema {report.schema}; this version reads schema {SCHEMA}")
    return report

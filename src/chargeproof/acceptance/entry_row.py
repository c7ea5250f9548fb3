"""An entry of a record as a row to read, as pages, programs and reports are given it."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class EntryRow:
    """One entry, ready to be shown. ``kind`` is frame, hand, line, step, file or small (the quiet ones).

    ``line``: of the log of another system.
    """

    n: int
    time: str
    kind: str
    direction: str = ""
    label: str = ""
    gist: str = ""
    body: str = ""
    answers: int | None = None
    answered_by: int | None = None
    answer_time: str = ""
    deviations: list[tuple[str, str]] = field(default_factory=list)
    cited_by: list[str] = field(default_factory=list)
    station: bool = False
    line: int | None = None

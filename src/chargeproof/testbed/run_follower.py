"""Tells a run's book what happens in its record, and has each function judged when it ends."""

from chargeproof.acceptance.forms.entry_rows import live_row
from chargeproof.acceptance.judge import judge_function
from chargeproof.acceptance.preparation import PREPARATION, RESTORATION
from chargeproof.acceptance.redaction import Redactor, redactor_of
from chargeproof.acceptance.report import function_report
from chargeproof.acceptance.script import case_of
from chargeproof.testbed.recorder import RunRecorder
from chargeproof.testbed.run_book import RunBook, judged
from chargeproof.testbed.run_state import FunctionPhase, StepState
from chargeproof.trace import ConnectionClosed, ConnectionOpened, Entry, Reach, RunBegan, StepChanged

PHASES: dict[str, FunctionPhase] = {
    "began": "playing",
    "ended": "played",
    "cannot": "cannot",
    "failed": "failed",
}

JUDGED = ("verdict", "decided", "result", "seconds", "checks")


class RunFollower:
    """Listens to the recorder of one part."""

    def __init__(self, book: RunBook, recorder: RunRecorder) -> None:
        self._book = book
        self._recorder = recorder
        self._redactor = Redactor()
        self._begun: set[int] = set()
        self._connection: int | None = None
        self._reachable = True
        recorder.watch(self.on_entry)

    def on_entry(self, entry: Entry) -> None:
        self._book.publish_entry(live_row(entry, self._recorder.pairing, self._redactor))
        match entry:
            case RunBegan():
                began_at = self._book.state.began_at or entry.at
                self._book.update(phase="preparing", began_at=began_at, entries=entry.n, keep=True)
            case ConnectionOpened() | ConnectionClosed() | Reach():
                self._line(entry)
            case StepChanged() if entry.function is not None:
                self._function(entry, entry.function)
            case StepChanged() if entry.step in (PREPARATION, RESTORATION):
                self._around(entry)

    def _line(self, entry: ConnectionOpened | ConnectionClosed | Reach) -> None:
        match entry:
            case Reach():
                self._reachable = entry.reachable
            case ConnectionOpened():
                self._connection = entry.connection
            case ConnectionClosed() if entry.connection == self._connection:
                self._connection = None
        is_away = self._connection is None and self._reachable
        if is_away != (self._book.state.offline_since is not None):
            self._book.update(offline_since=entry.at if is_away else None, entries=entry.n)

    def _around(self, entry: StepChanged) -> None:
        step = StepState(
            phase="playing" if entry.phase == "began" else entry.phase,
            detail=entry.detail,
        )
        if entry.step == PREPARATION:
            self._book.update(preparation=step, phase="preparing", entries=entry.n)
        else:
            self._book.update(restoration=step, phase="restoring", entries=entry.n)

    def _function(self, entry: StepChanged, number: int) -> None:
        before = next(each for each in self._book.state.functions if each.number == number)
        if entry.phase == "began":
            # A drive may come in two steps; both are one play.
            plays = before.plays + (number not in self._begun)
            self._begun.add(number)
            playing = {"phase": "playing", "detail": "", "plays": plays, "final": False}
            self._book.update_function(number, playing, phase="running", entries=entry.n, keep=True)
            return
        trace = self._recorder.trace()
        report = function_report(judge_function(case_of(number), trace), trace, redactor_of(trace), {})
        after = judged(report, before, final=False)
        changes = {name: getattr(after, name) for name in JUDGED}
        changes |= {"phase": PHASES[entry.phase], "detail": entry.detail}
        self._book.update_function(number, changes, entries=entry.n, keep=True)

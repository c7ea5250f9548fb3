"""Small pictures as SVG: the visit on one time line, and rows of spacings beside what was asked."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from chargeproof.acceptance.case import label_of
from chargeproof.acceptance.forms.plain_text import shown_line, typeset_plainly
from chargeproof.acceptance.report_figures import Spacing
from chargeproof.acceptance.transactions import transactions_of
from chargeproof.trace import StepSpan, Trace

_WIDTH = 900
_LEFT = 92
_LANE = 22
_STATUS_LANES = 9
_MARKS_SHOWN = 400
_ACT_ROWS = 3


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours and a face, as any SVG attribute takes them; ``fit`` makes a text fit for the face."""

    text: str
    quiet: str
    line: str
    accent: str
    soft: str
    good: str
    warn: str
    bad: str
    light: str
    font: str
    fit: Callable[[str], str]


SCREEN = Palette(
    text="var(--text)",
    quiet="var(--quiet)",
    line="var(--line)",
    accent="var(--accent)",
    soft="var(--soft)",
    good="var(--pass)",
    warn="var(--remark)",
    bad="var(--fail)",
    light="var(--raised)",
    font="inherit",
    fit=shown_line,
)
PRINT = Palette(
    text="#1a1d21",
    quiet="#5d6670",
    line="#d5dae0",
    accent="#1f4e8c",
    soft="#e9edf2",
    good="#1a6b3c",
    warn="#8a5a00",
    bad="#b3261e",
    light="#ffffff",
    font="Libertinus Serif",
    fit=typeset_plainly,
)

_FILLS = {
    "Available": "soft",
    "Preparing": "line",
    "Finishing": "line",
    "Reserved": "line",
    "Charging": "accent",
    "SuspendedEV": "warn",
    "SuspendedEVSE": "warn",
    "Unavailable": "quiet",
    "Faulted": "bad",
}
_LIGHT_ON = ("accent", "warn", "quiet", "bad")


class Drawing:
    """Collects SVG elements; every text that goes in is escaped."""

    def __init__(self, palette: Palette, width: float, height: float, label: str) -> None:
        self.palette = palette
        self.parts: list[str] = []
        self.head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img" '
            f'aria-label="{self._safe(label)}" font-family="{palette.font}" font-size="11">'
        )

    def rect(
        self, x: float, y: float, w: float, h: float, fill: str, title: str = "", more: str = ""
    ) -> None:
        inner = f"<title>{self._safe(title)}</title>" if title else ""
        self.parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(w, 0.6):.1f}" height="{h:g}" '
            f'fill="{fill}" {more}>{inner}</rect>'
        )

    def line(self, x1: float, y1: float, x2: float, y2: float, stroke: str, more: str = "") -> None:
        self.parts.append(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{stroke}" {more}/>'
        )

    def dot(self, x: float, y: float, r: float, fill: str, title: str = "") -> None:
        self.parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:g}" fill="{fill}"><title>{self._safe(title)}</title></circle>'
        )

    def text(self, x: float, y: float, text: str, fill: str, anchor: str = "start", size: float = 11) -> None:
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" fill="{fill}" text-anchor="{anchor}" '
            f'font-size="{size:g}">{self._safe(text)}</text>'
        )

    def _safe(self, text: str) -> str:
        fit = self.palette.fit(text)
        return escape(fit if len(fit) <= 120 else f"{fit[:119]}…")

    def svg(self) -> str:
        return f"{self.head}{''.join(self.parts)}</svg>"


# ── the visit ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Bar:
    begin: float
    end: float
    fill: str
    label: str
    title: str = ""


def visit_chart(trace: Trace, palette: Palette) -> str:
    """Socket, functions, connectors' statuses, transactions with their samples, and acts on one time line."""
    if not trace.entries:
        return ""
    lanes = [
        ("socket", _socket_bars(trace)),
        ("function", _function_bars(trace)),
        *_status_lanes(trace),
        ("transactions", _transaction_bars(trace)),
    ]
    begin, end = trace.entries[0].mono, trace.end_mono
    scale = (_WIDTH - _LEFT - 8) / max(end - begin, 1.0)
    height = 26 + len(lanes) * _LANE + _ACT_ROWS * 14 + 22
    drawing = Drawing(palette, _WIDTH, height, "The visit on one time line")

    def x(mono: float) -> float:
        return _LEFT + (mono - begin) * scale

    _axis(drawing, begin, end, x(begin), scale, height)
    y = 26.0
    for name, bars in lanes:
        drawing.text(_LEFT - 8, y + 13, name, palette.quiet, "end")
        for bar in bars:
            _bar(drawing, x(bar.begin), y, x(bar.end) - x(bar.begin), bar)
        y += _LANE
    for mono in _sample_times(trace):
        drawing.line(x(mono), y - _LANE + 3, x(mono), y - 5, palette.text, 'stroke-width="1"')
    _act_marks(drawing, trace, begin, scale, y)
    return drawing.svg()


def _axis(drawing: Drawing, begin: float, end: float, left: float, scale: float, height: float) -> None:
    palette = drawing.palette
    step = next(
        (s for s in (10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200) if (end - begin) / s <= 12), 14400
    )
    unit, name = (1, "s") if step < 60 else (60, "min")
    for place in range(int((end - begin) // step) + 1):
        x = left + place * step * scale
        drawing.line(x, 18, x, height - 14, palette.line, 'stroke-width="0.7"')
        label = f"{place * step // unit} {name}" if place == 0 else f"{place * step // unit}"
        drawing.text(x, 12, label, palette.quiet, "middle" if place else "start")


def _bar(drawing: Drawing, x: float, y: float, width: float, bar: _Bar) -> None:
    palette = drawing.palette
    drawing.rect(x, y + 2, width, _LANE - 6, getattr(palette, bar.fill), bar.title or bar.label, 'rx="2"')
    if width > 5.6 * len(bar.label) + 6:
        light = bar.fill in _LIGHT_ON
        drawing.text(x + 4, y + 13.5, bar.label, palette.light if light else palette.text, size=10)


def _socket_bars(trace: Trace) -> list[_Bar]:
    bars = [
        _Bar(
            span.opened.mono,
            span.closed.mono if span.closed is not None else trace.end_mono,
            "soft",
            str(span.opened.connection),
            f"socket {span.opened.connection}",
        )
        for span in trace.connections()
    ]
    for outage in trace.outages():
        end = outage.restored.mono if outage.restored is not None else trace.end_mono
        bars.append(_Bar(outage.cut.mono, end, "bad", "out of reach", "the central system was out of reach"))
    return bars


def _function_bars(trace: Trace) -> list[_Bar]:
    return [
        _Bar(
            span.began.mono,
            span.ended.mono if span.ended is not None else trace.end_mono,
            "line",
            _label(span),
            f"{_label(span)} {span.step}",
        )
        for span in trace.steps()
        if span.began.function is not None or span.step in ("preparation", "restoration")
    ]


def _label(span: StepSpan) -> str:
    return label_of(span.began.function) if span.began.function is not None else ""


def _status_lanes(trace: Trace) -> Iterator[tuple[str, list[_Bar]]]:
    by_connector: dict[int, list[tuple[float, str]]] = {}
    for status in trace.statuses():
        connector = status.request.connector_id
        if isinstance(connector, int):
            by_connector.setdefault(connector, []).append((status.mono, str(status.request.status)))
    for connector in sorted(by_connector)[:_STATUS_LANES]:
        yield f"connector {connector}", _status_bars(by_connector[connector], trace.end_mono)


def _status_bars(seen: Sequence[tuple[float, str]], end: float) -> list[_Bar]:
    bars: list[_Bar] = []
    for place, (mono, status) in enumerate(seen):
        if place and seen[place - 1][1] == status:
            continue
        later = next((m for m, s in seen[place + 1 :] if s != status), end)
        bars.append(_Bar(mono, later, _FILLS.get(status, "bad"), status))
    return bars


def _transaction_bars(trace: Trace) -> list[_Bar]:
    return [
        _Bar(
            transaction.start.mono,
            transaction.stop.mono if transaction.stop is not None else trace.end_mono,
            "soft",
            str(transaction.id),
            f"transaction {transaction.id}, connector {transaction.connector_id}",
        )
        for transaction in transactions_of(trace)
        if transaction.start is not None
    ]


def _sample_times(trace: Trace) -> list[float]:
    marks = [exchange.mono for each in transactions_of(trace) for exchange in each.meter_values]
    return marks[:_MARKS_SHOWN]


def _act_marks(drawing: Drawing, trace: Trace, begin: float, scale: float, y: float) -> None:
    """A numbered dot for each act; one that would hide the last goes below it."""
    palette = drawing.palette
    acts = trace.acts()[:_MARKS_SHOWN]
    if acts:
        drawing.text(_LEFT - 8, y + 13, "acts", palette.quiet, "end")
    last = [float(-_WIDTH)] * _ACT_ROWS
    for span in acts:
        x = _LEFT + (span.asked.mono - begin) * scale
        row = next((row for row, taken in enumerate(last) if x - taken >= 14), _ACT_ROWS - 1)
        last[row] = x
        title = f"act {span.asked.number}: {span.act.replace('_', ' ')}"
        drawing.dot(x, y + 9 + 14 * row, 6.5, palette.accent, title)
        drawing.text(x, y + 12.2 + 14 * row, str(span.asked.number), palette.light, "middle", 9)


# ── spacings ─────────────────────────────────────────────────────────────────────────────────────────


def spacing_chart(spacing: Spacing, palette: Palette, tolerance_s: float) -> str:
    """Each spacing as a dot, over a band of what was asked for ± the tolerance."""
    width, height, left, top = 300.0, 84.0, 34.0, 6.0
    values = spacing.values[:_MARKS_SHOWN]
    if not values:
        return ""
    asked = spacing.interval_s
    low = min([*values, *([asked - 2 * tolerance_s] if asked else [])])
    high = max([*values, *([asked + 2 * tolerance_s] if asked else [])])
    low, high = (low - 1, high + 1) if high - low < 1 else (low, high)
    floor = height - 16

    def y(value: float) -> float:
        return floor - (value - low) / (high - low) * (floor - top)

    drawing = Drawing(palette, width, height, f"Spacings of {spacing.name}")
    if asked:
        upper, lower = y(min(asked + tolerance_s, high)), y(max(asked - tolerance_s, low))
        drawing.rect(left, upper, width - left - 4, lower - upper, palette.soft)
        drawing.line(left, y(asked), width - 4, y(asked), palette.quiet, 'stroke-dasharray="3 3"')
        drawing.text(left - 5, y(asked) + 4, f"{asked:g} s", palette.quiet, "end", 10)
    for extreme in {max(values), min(values)}:
        if asked is None or abs(y(extreme) - y(asked)) > 11:
            drawing.text(left - 5, y(extreme) + 4, f"{extreme:.0f}", palette.quiet, "end", 10)
    step = (width - left - 16) / max(len(values), 1)
    for place, value in enumerate(values):
        off = asked is not None and abs(value - asked) > tolerance_s
        colour = palette.bad if off else palette.accent
        title = (
            f"{value:g} s (entry {spacing.entries[place]})"
            if place < len(spacing.entries)
            else f"{value:g} s"
        )
        drawing.dot(left + 10 + place * step, y(value), 3.2, colour, title)
    drawing.text(left, height - 3, f"{len(values)} spacings by {spacing.by} time", palette.quiet, size=10)
    return drawing.svg()

"""A line plot as SVG, made of text alone: the same figures always give the same picture."""

from collections.abc import Sequence
from html import escape

import msgspec

WIDTH, PANEL_HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 860, 190, 64, 150, 46, 34
COLOURS = ("#1f6feb", "#d1480f", "#2a7f3f")


class Line(msgspec.Struct, frozen=True):
    """One curve; as many values as the plot has times."""

    name: str
    values: Sequence[float]


class Panel(msgspec.Struct, frozen=True):
    """Curves over the same times, with an axis of their own from zero."""

    title: str
    unit: str
    lines: Sequence[Line]


def plot(title: str, times_s: Sequence[float], panels: Sequence[Panel]) -> str:
    """The panels one below the other over minutes."""
    height = TOP + len(panels) * (PANEL_HEIGHT + BOTTOM)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img"'
        f' font-family="sans-serif" font-size="12" fill="#24292f">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="20" font-size="14" font-weight="bold">{escape(title)}</text>',
    ]
    for number, panel in enumerate(panels):
        parts += _panel(panel, times_s, TOP + number * (PANEL_HEIGHT + BOTTOM))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(panel: Panel, times_s: Sequence[float], top: float) -> list[str]:
    highest = _round_up(max((value for line in panel.lines for value in line.values), default=1.0))
    last_s = max(times_s[-1], 1e-9) if times_s else 1.0
    bottom, plotted = top + PANEL_HEIGHT, WIDTH - LEFT - RIGHT

    def x(at_s: float) -> float:
        return LEFT + plotted * at_s / last_s

    def y(value: float) -> float:
        return bottom - (PANEL_HEIGHT - 24) * value / highest

    parts = [f'<text x="{LEFT}" y="{top + 8:.0f}">{escape(panel.title)}, {escape(panel.unit)}</text>']
    for step in range(5):
        value = highest * step / 4
        parts.append(
            f'<path d="M{LEFT} {y(value):.1f}H{LEFT + plotted}" stroke="#d0d7de"/>'
            f'<text x="{LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{value:.4g}</text>'
        )
    for step in range(6):
        at_s = last_s * step / 5
        parts.append(
            f'<text x="{x(at_s):.1f}" y="{bottom + 16:.0f}" text-anchor="middle">{at_s / 60:.3g} min</text>'
        )
    for number, line in enumerate(panel.lines):
        colour = COLOURS[number % len(COLOURS)]
        points = " ".join(
            f"{x(at_s):.1f},{y(value):.1f}" for at_s, value in zip(times_s, line.values, strict=True)
        )
        label = top + 40 + 18 * number
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.6"/>'
            f'<text x="{WIDTH - RIGHT + 12}" y="{label:.0f}" fill="{colour}">{escape(line.name)}</text>'
        )
    return parts


def _round_up(value: float) -> float:
    """The next of 1, 2, 4, 5, 8, 10 times a power of ten."""
    if value <= 0:
        return 1.0
    power = 1.0
    while power > value:
        power /= 10
    while power * 10 <= value:
        power *= 10
    return next(power * factor for factor in (1, 2, 4, 5, 8, 10) if power * factor >= value * 0.999999)

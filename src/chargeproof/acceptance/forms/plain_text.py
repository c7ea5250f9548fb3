"""Station-supplied text, made fit to be shown anywhere: nothing invisible, nothing that a format chokes on."""

import re
import unicodedata
from datetime import datetime

# Control characters (tab and newline apart), lone surrogates, noncharacters; marks that turn the direction
# of writing or hide; all of them would show another text than the one that was sent.
_UNFIT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\U000e0000-\U000e0fff]"
    "|[\U0001fffe\U0001ffff\U0002fffe\U0002ffff\U0003fffe\U0003ffff\U0010fffe\U0010ffff]"
)
_SPACE = re.compile(r"[\t\n ]+")


def shown(text: str) -> str:
    """The text with every unfit character replaced by a visible stand-in (␀, ⟨U+202E⟩)."""
    return _UNFIT.sub(_stand_in, text)


def shown_line(text: str, limit: int = 2000) -> str:
    """The text as one line of at most ``limit`` characters."""
    line = _SPACE.sub(" ", shown(text)).strip()
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _stand_in(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else f"⟨U+{code:04X}⟩"


def can_be_typeset(character: str) -> bool:
    """Whether the fonts that come with the PDF's engine surely have the character."""
    code = ord(character)
    if code < 0x250 or 0x0384 <= code < 0x0482 or 0x2010 <= code <= 0x2027:
        return unicodedata.category(character) not in ("Cn", "Cc")
    return character in "‰′″‹›⁄€№™←↑→↓↔−≈≠≤≥∞√×÷–—•…✓✕○◆▲▼␀␡⟨⟩"


def typeset(text: str) -> str:
    """``shown_line`` for the PDF: a character that its fonts lack is given as its number."""
    line = shown_line(text)
    return "".join(c if can_be_typeset(c) else f"⟨U+{ord(c):04X}⟩" for c in line)


def clock_time(at: datetime) -> str:
    """12:03:11.204, as a log has it."""
    return f"{at:%H:%M:%S}.{at.microsecond // 1000:03d}"


def date_time(at: datetime | None) -> str:
    """2026-11-23 12:03:11 UTC; a dash for none."""
    return "–" if at is None else f"{at:%Y-%m-%d %H:%M:%S} UTC"


def seconds(value: float | None) -> str:
    """A span as people read it: 84 ms, 3.2 s, 1 min 04 s, 2 h 05 min; a dash for none."""
    if value is None:
        return "–"
    sign, value = ("−", -value) if value < 0 else ("", value)
    if value < 1:
        return f"{sign}{value * 1000:.0f} ms"
    if value < 100:
        return f"{sign}{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    if minutes < 100:
        return f"{sign}{minutes} min {rest:02d} s"
    return f"{sign}{minutes // 60} h {minutes % 60:02d} min"


def size(count: int | None) -> str:
    """180.0 kB; a dash for none."""
    if count is None:
        return "–"
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:.1f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"

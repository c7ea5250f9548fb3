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


# What the fonts that come with the PDF's engine have, tried out block by block; the archive format refuses
# a document that shows a character which its fonts lack.
_IN_THE_FONTS = (
    (0x20, 0x4FF),
    (0x1E00, 0x1FFF),
    (0x2010, 0x2027),
    (0x2030, 0x203E),
    (0x20A0, 0x20BF),
    (0x2190, 0x23FF),
    (0x25A0, 0x25FF),
)
_MORE_IN_THE_FONTS = frozenset("✓✕⟨⟩№™⁄")
_PICTURES = range(0x2400, 0x2422)


def can_be_typeset(character: str) -> bool:
    """Whether the fonts that come with the PDF's engine surely have the character."""
    code = ord(character)
    known = any(first <= code <= last for first, last in _IN_THE_FONTS)
    return character in _MORE_IN_THE_FONTS or (
        known and unicodedata.category(character) not in ("Cn", "Cc", "Cf")
    )


def typeset(text: str) -> str:
    """``shown_line`` for the PDF: a character that its fonts lack is given as its number."""
    return "".join(c if can_be_typeset(c) else _number(c) for c in shown_line(text))


def typeset_plainly(text: str) -> str:
    """``typeset`` with nothing but ASCII and the report's own marks."""
    return "".join(c if c.isascii() or c in _OWN else _number(c) for c in typeset(text))


_OWN = frozenset("✓✕•○–—·…≠→−×⟨⟩§“”")


def _number(character: str) -> str:
    code = ord(character)
    if code in _PICTURES:
        code = 0x7F if code == 0x2421 else code - 0x2400
    return f"⟨U+{code:04X}⟩"


def clock_time(at: datetime) -> str:
    """12:03:11.204, as a log has it."""
    return f"{at:%H:%M:%S}.{at.microsecond // 1000:03d}"


def date_time(at: datetime | None) -> str:
    """2026-11-23 12:03:11 UTC; a dash for none."""
    return "–" if at is None else f"{at:%Y-%m-%d %H:%M:%S} UTC"


def iso_time(text: str | None) -> str:
    """A time in ISO 8601 as people read it; a dash for none."""
    return date_time(datetime.fromisoformat(text) if text else None)


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

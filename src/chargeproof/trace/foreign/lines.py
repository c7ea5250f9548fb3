"""What one line of a log gives: a message or the beginning or end of a socket, and what is said around it."""

from dataclasses import dataclass, replace
from typing import Literal

from chargeproof.trace.foreign.times import Stamp
from chargeproof.trace.jsonl import RecordError

SocketEvent = Literal["opened", "closed"]


class LogError(RecordError):
    """A log cannot be read. The message says which line, why, and what can be done."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line that tells something of OCPP.

    ``text`` is the message, None where the line tells of a socket (``event``). ``direction`` is a label as
    ``directions`` knows them; ``party`` is who is named as sender or, with ``to:`` before it, as receiver.
    ``written_anew``: the log held the message as JSON of its own, so that its bytes are not those of the wire.
    """

    number: int
    whole: str
    text: str | None = None
    stamp: Stamp | None = None
    direction: str | None = None
    charge_point_id: str | None = None
    event: SocketEvent | None = None
    written_anew: bool = False

    def filled_from(self, earlier: "LogLine") -> "LogLine":
        """With what an earlier line said, where this one says nothing."""
        return replace(
            self,
            stamp=self.stamp or earlier.stamp,
            direction=self.direction or earlier.direction,
            charge_point_id=self.charge_point_id or earlier.charge_point_id,
        )


@dataclass(frozen=True, slots=True)
class ReadLines:
    """The telling lines of a log, how many others there were, and what is wrong with its end."""

    lines: list[LogLine]
    others: int
    damage: str = ""

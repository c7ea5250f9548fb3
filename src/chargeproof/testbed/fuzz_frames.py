"""Texts for a fuzz run: proper calls, calls with broken payloads, broken frames, and no frames at all."""

import json
import random
import string
from collections.abc import Callable
from typing import Any

import msgspec

from chargeproof.ocpp import REQUESTS, Confirmation, ErrorCode, Request, Role
from chargeproof.testbed.fuzz_payloads import junk, lawful_payload, spoiled_payload

MESSAGES = tuple(each for each in REQUESTS.values() if each.may_be_sent_by(Role.CHARGE_POINT))
COMMANDS = tuple(each for each in REQUESTS.values() if each.may_be_sent_by(Role.CENTRAL_SYSTEM))
ALWAYS_CONFIRMED = ("StartTransaction", "StopTransaction", "MeterValues")
CODES = (*(code.value for code in ErrorCode), "", "OccurrenceConstraintViolation", "x" * 300, "none")


class Sent(msgspec.Struct, frozen=True):
    """One text. ``owed``: the id under which an answer is owed, None where none can be expected.

    ``confirmed``: a CALLRESULT is owed, as a CALLERROR would make a station send the message for ever.
    """

    content: str | bytes
    owed: str | None = None
    confirmed: bool = False


class FrameSource:
    """An endless supply of what one station may send; the same dice give the same texts.

    ``longest``: bytes of the longest text that the receiver must take.
    """

    def __init__(self, dice: random.Random, *, longest: int) -> None:
        self._dice = dice
        self._longest = longest
        self._count = 0
        self._newest: Sent | None = None
        self._kinds: tuple[tuple[int, Callable[[], Sent]], ...] = (
            (35, self._lawful),
            (30, self._spoiled),
            (4, self._of_the_other_side),
            (3, self._unknown_action),
            (4, self._again),
            (6, self._misshapen),
            (12, self._broken),
            (4, self._noise),
            (2, self._answer_to_nothing),
        )
        self._weights = [weight for weight, _ in self._kinds]

    def next(self) -> Sent:
        """The next text."""
        if self._dice.random() < 0.0005:
            return self._huge()
        (_, make), *_ = self._dice.choices(self._kinds, self._weights)
        self._newest = make()
        return self._newest

    def call(self, kind: type[Request[Any]], payload: Any, unique_id: str | None = None) -> Sent:
        """A proper frame with this payload."""
        unique_id = self._id() if unique_id is None else unique_id
        text = json.dumps([2, unique_id, kind.action, payload], ensure_ascii=self._dice.random() < 0.7)
        return Sent(text, unique_id, kind.action in ALWAYS_CONFIRMED)

    # ── calls ────────────────────────────────────────────────────────────────────────────────────────

    def _message(self) -> tuple[type[Request[Any]], dict[str, Any]]:
        kind = self._dice.choice(MESSAGES)
        return kind, lawful_payload(kind, self._dice)

    def _lawful(self) -> Sent:
        return self.call(*self._message())

    def _spoiled(self) -> Sent:
        kind, payload = self._message()
        return self.call(kind, spoiled_payload(payload, self._dice))

    def _of_the_other_side(self) -> Sent:
        kind = self._dice.choice(COMMANDS)
        return self.call(kind, lawful_payload(kind, self._dice))

    def _unknown_action(self) -> Sent:
        unique_id = self._id()
        action = self._dice.choice(("FirmwareLog", "", "heartbeat", "StartTransactions", "Ж" * 80))
        return Sent(json.dumps([2, unique_id, action, {}]), unique_id)

    def _again(self) -> Sent:
        """The newest text once more, or its id for another message."""
        newest = self._newest
        if newest is None:
            return self._lawful()
        if newest.owed is None or self._dice.random() < 0.5:
            return newest
        return self.call(*self._message(), newest.owed)

    def _huge(self) -> Sent:
        kind, payload = self._message()
        payload[self._dice.choice((*payload, "filling"))] = "x" * self._dice.randrange(
            self._longest // 2, self._longest - 2000
        )
        return self.call(kind, payload)

    # ── what is not quite a call ─────────────────────────────────────────────────────────────────────

    def _misshapen(self) -> Sent:
        kind, payload = self._message()
        odd = junk(self._dice)
        frames: tuple[Any, ...] = (
            ["2", self._id(), kind.action, payload],
            [2.0, self._id(), kind.action, payload],
            [2, 4711, kind.action, payload],
            [2, "x" * 80, kind.action, payload],
            [2, "", kind.action, payload],
            [2, odd, kind.action, payload],
            [2, self._id(), odd, payload],
            [2, self._id(), kind.action],
            [2, self._id()],
            [2],
            [],
            [2, self._id(), kind.action, payload, odd, odd],
            [odd, self._id(), kind.action, payload],
            [5, self._id(), kind.action, payload],
            payload,
            odd,
            {"2": payload},
        )
        return Sent(json.dumps(self._dice.choice(frames)))

    def _broken(self) -> Sent:
        """A proper text, broken somewhere."""
        dice = self._dice
        text = str(self._lawful().content)
        at = dice.randrange(len(text))
        encoded = text.encode("utf-8", "replace")
        broken: tuple[Callable[[], str | bytes], ...] = (
            lambda: text[:at],
            lambda: text[at:],
            lambda: text[:at] + dice.choice(string.printable) + text[at:],
            lambda: text[:at] + text[at + 1 :],
            lambda: text[:at] + "\x00" + text[at:],
            lambda: "\ufeff" + text,
            lambda: text + text,
            lambda: text + "\x00" * 5,
            lambda: text.replace('"', "'"),
            lambda: text.replace("{", '{"a":1,"a":2,', 1),
            lambda: text.replace("{", '{"a":NaN,', 1),
            lambda: text.replace("{", '{"a":1e999,', 1),
            lambda: text.replace("{", '{"a":' + "9" * 5000 + ",", 1),
            lambda: text.replace("{", '{"a":"\\ud800",', 1),
            lambda: " " * 3000 + text,
            lambda: encoded[:at] + b"\xff\xfe" + encoded[at:],
            lambda: text.encode("utf-16"),
            lambda: text.encode("latin-1", "replace") + b"\xe4",
        )
        return Sent(dice.choice(broken)())

    def _noise(self) -> Sent:
        dice = self._dice
        size = dice.choice((0, 1, 7, 60, 600, 20_000))
        noise: tuple[Callable[[], str | bytes], ...] = (
            lambda: dice.randbytes(size),
            lambda: "".join(chr(dice.randrange(1, 0xD800)) for _ in range(min(size, 600))),
            lambda: "[" * size,
            lambda: '{"a":' * size,
            lambda: f'[2,"{self._id()}","Heartbeat",' + "[" * size + "]" * size + "]",
            lambda: "9" * size,
            lambda: '[2,"' + "\\" * size,
            lambda: "[2," * size,
        )
        return Sent(dice.choice(noise)())

    def _answer_to_nothing(self) -> Sent:
        kind = self._dice.choice(COMMANDS)
        return Sent(self.answers(self._id(), kind)[0])

    # ── answers ──────────────────────────────────────────────────────────────────────────────────────

    def answers(self, unique_id: str, kind: type[Request[Any]] | None) -> list[str]:
        """What a station may say to a command: as a rule one answer, and sometimes none, two or another."""
        dice = self._dice
        confirmation: type[Confirmation] = (kind or COMMANDS[0]).conf
        payload = lawful_payload(confirmation, dice)
        proper = json.dumps([3, unique_id, payload])
        answers: tuple[Callable[[], list[str]], ...] = (
            lambda: [proper],
            lambda: [proper, proper],
            lambda: [json.dumps([3, unique_id, spoiled_payload(payload, dice)])],
            lambda: [json.dumps([3, unique_id, lawful_payload(dice.choice(COMMANDS).conf, dice)])],
            lambda: [json.dumps([4, unique_id, dice.choice(CODES), "", {}])],
            lambda: [json.dumps([4, unique_id, dice.choice(CODES), "because", junk(dice)])],
            lambda: [json.dumps([4, unique_id, junk(dice)])],
            lambda: [json.dumps([4, unique_id])],
            lambda: [json.dumps([3, unique_id])],
            lambda: [json.dumps([3, unique_id, junk(dice)])],
            lambda: [json.dumps([3, unique_id.upper() + "x", payload])],
            lambda: [json.dumps([4, unique_id, "GenericError", "", {}]), proper],
            lambda: [proper[: len(proper) // 2]],
            lambda: [json.dumps([2, unique_id, "Heartbeat", {}]), proper],
        )
        return dice.choice(answers)()

    def _id(self) -> str:
        self._count += 1
        return f"{self._count}-{self._dice.getrandbits(32):x}"

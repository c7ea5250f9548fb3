"""What happened, counted: plain numbers, since they are counted at every message."""

from collections import Counter
from dataclasses import dataclass, field

from chargeproof.ocpp import REQUESTS

OTHER = "other"
"""In place of an action that a station made up, so that nobody can fill the memory with names."""


@dataclass(slots=True)
class Tally:
    """messages: by caller, action and outcome. handshakes: by outcome. commands: by action and last state."""

    messages: Counter[tuple[str, ...]] = field(default_factory=Counter)
    handshakes: Counter[tuple[str, ...]] = field(default_factory=Counter)
    commands: Counter[tuple[str, ...]] = field(default_factory=Counter)

    def message(self, caller: str, action: str | None, outcome: str) -> None:
        self.messages[caller, action if action in REQUESTS else OTHER, outcome] += 1

    def handshake(self, outcome: str) -> None:
        self.handshakes[(outcome,)] += 1

    def command(self, action: str, state: str) -> None:
        self.commands[action, state] += 1

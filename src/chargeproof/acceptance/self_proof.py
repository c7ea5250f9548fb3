"""The self-proof that a report carries: on which stations this version's judge was tried, and what came of it.

``proof.json`` beside this file is written by the self-test of the release (``script/publish-proof``).
"""

from functools import cache
from importlib.resources import files

import msgspec


class GroupProof(msgspec.Struct, frozen=True, kw_only=True):
    """The part of the self-test that is about one group of cases."""

    title: str
    mutants: int
    mutants_killed: int
    odd: int
    odd_passed: int
    checks: int

    @property
    def sentence(self) -> str:
        return (
            f"{self.title}: {self.checks} checks, {self.mutants_killed} of {self.mutants} mutants killed, "
            f"{self.odd_passed} of {self.odd} odd stations passed."
        )


class SelfProof(msgspec.Struct, frozen=True, kw_only=True):
    """The self-test in numbers, and for each check the mutants that it must fail, by name."""

    version: str
    at: str
    holds: bool
    mutants: int
    mutants_killed: int
    odd: int
    odd_passed: int
    lints: int
    lints_sharp: int
    checks: dict[str, tuple[str, ...]]
    groups: dict[str, GroupProof] = {}

    @property
    def sentence(self) -> str:
        """The self-test in one sentence."""
        return (
            f"On {self.at[:10]}, chargeproof {self.version} was tried on stations whose faults are known: "
            f"{self.mutants_killed} of {self.mutants} mutants failed the checks that they must, and no other; "
            f"{self.odd_passed} of {self.odd} odd but lawful stations passed; {self.lints_sharp} of {self.lints} "
            "deviations were named where they were committed and nowhere else."
        )


@cache
def shipped_proof() -> SelfProof | None:
    """The proof of this version; None in a tree in which it was never made."""
    path = files("chargeproof.acceptance") / "proof.json"
    if not path.is_file():
        return None
    return msgspec.json.decode(path.read_bytes(), type=SelfProof)

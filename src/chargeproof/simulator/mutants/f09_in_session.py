"""Mutants of function 9: what a soft reset does to a running session (E3.36)."""

from chargeproof.ocpp import Reason, Reset, ResetConf, ResetStatus, ResetType
from chargeproof.simulator.mutants.registry import mutant
from chargeproof.simulator.station import SimulatedStation
from chargeproof.simulator.transactions import Transaction


class _Softly(SimulatedStation):
    """Does something else with the sessions that run at a soft reset."""

    softly = False

    async def reset(self, kind: ResetType) -> None:
        self.softly = kind is ResetType.SOFT
        await super().reset(kind)

    def start_software(self) -> None:
        super().start_software()
        self.softly = False


@mutant(fails="9.2a", because="the session that ran at Reset Soft was not stopped by it")
class SoftLosesTheSession(_Softly):
    """Ends the session at a soft reset, and never tells of it."""

    def send_stop_transaction(self, transaction: Transaction, reason: Reason, id_tag: str | None) -> None:
        if reason is not Reason.SOFT_RESET:
            super().send_stop_transaction(transaction, reason, id_tag)


@mutant(fails="9.2a", because="the session that ran at Reset Soft was not stopped by it")
class SoftCutsTheSession(_Softly):
    """Restarts at once at a soft reset, and knows nothing of the session afterwards."""

    def stop_for_reset(self, reason: Reason) -> None:
        if reason is not Reason.SOFT_RESET:
            super().stop_for_reset(reason)

    def send_stop_after_power_loss(self, transaction: Transaction) -> None:
        if not self.softly:
            super().send_stop_after_power_loss(transaction)


class _Refuses(SimulatedStation):
    """Refuses one kind of reset while a session runs."""

    kind = ResetType.SOFT

    def answer_reset(self, request: Reset) -> ResetConf | None:
        if request.type is self.kind and self.transactions.any_running():
            return ResetConf(status=ResetStatus.REJECTED)
        return super().answer_reset(request)


@mutant(fails="9.2a", because="Reset Soft was answered with Rejected")
class SoftRejectedInSession(_Refuses):
    """Rejects a soft reset while a session runs."""


@mutant(fails="9.1a", because="Reset Hard was answered with Rejected")
class HardRejectedInSession(_Refuses):
    """Rejects a hard reset while a session runs."""

    kind = ResetType.HARD


class _Hangs(SimulatedStation):
    """Accepts one kind of reset while a session runs, and does nothing."""

    kind = ResetType.SOFT

    def answer_reset(self, request: Reset) -> ResetConf | None:
        if request.type is self.kind and self.transactions.any_running():
            return ResetConf(status=ResetStatus.ACCEPTED)
        return super().answer_reset(request)


@mutant(fails="9.2a", because="Reset Soft was accepted, but nothing restarted")
class SoftIgnoredInSession(_Hangs):
    """Accepts a soft reset while a session runs, and goes on with the session."""


@mutant(fails="9.1a", because="Reset Hard was accepted, but nothing restarted")
class HardIgnoredInSession(_Hangs):
    """Accepts a hard reset while a session runs, and goes on with the session."""

    kind = ResetType.HARD

"""Mutants of function 9: Reset CS (both hard and soft reset)."""

from chargeproof.ocpp import (
    ErrorCode,
    Reason,
    RegistrationStatus,
    Reset,
    ResetConf,
    ResetStatus,
    ResetType,
)
from chargeproof.simulator.availability import INOPERATIVE
from chargeproof.simulator.link import Refused
from chargeproof.simulator.mutants.registry import mutant
from chargeproof.simulator.station import SimulatedStation

LAST_RESET = "last_reset"

# ── 9.1a, 9.2a: it comes back with a BootNotification ────────────────────────────────────────────────


class _ResetsOtherwise(SimulatedStation):
    """Does something else with one kind of reset."""

    kind = ResetType.HARD

    def answer_reset(self, request: Reset) -> ResetConf | None:
        return self.instead(request) if request.type is self.kind else super().answer_reset(request)

    def instead(self, request: Reset) -> ResetConf | None:
        """What it does."""
        return ResetConf(status=ResetStatus.ACCEPTED)


@mutant(fails="9.1a", because="Reset Hard was accepted, but nothing restarted")
class HardAcceptsNoReboot(_ResetsOtherwise):
    """Accepts a hard reset and does nothing."""


@mutant(fails="9.2a", because="Reset Soft was accepted, but nothing restarted")
class SoftAcceptsNothing(_ResetsOtherwise):
    """Accepts a soft reset and does nothing."""

    kind = ResetType.SOFT


class _Rejects(_ResetsOtherwise):
    """Rejects one kind of reset."""

    def instead(self, request: Reset) -> ResetConf | None:
        return ResetConf(status=ResetStatus.REJECTED)


@mutant(fails="9.1a", because="Reset Hard was answered with Rejected")
class HardRejected(_Rejects):
    """Rejects a hard reset."""


@mutant(fails="9.2a", because="Reset Soft was answered with Rejected")
class SoftRejected(_Rejects):
    """Rejects a soft reset."""

    kind = ResetType.SOFT


class _NotSupported(_ResetsOtherwise):
    """Answers one kind of reset with a CALLERROR."""

    def instead(self, request: Reset) -> ResetConf | None:
        raise Refused(ErrorCode.NOT_SUPPORTED, "no such reset")


@mutant(fails="9.1a", because="Reset Hard was answered with CALLERROR NotSupported")
class HardNotSupported(_NotSupported):
    """Does not know the hard reset."""


@mutant(fails="9.2a", because="Reset Soft was answered with CALLERROR NotSupported")
class SoftNotSupported(_NotSupported):
    """Does not know the soft reset."""

    kind = ResetType.SOFT


class _Unanswered(_ResetsOtherwise):
    """Restarts without having answered one kind of reset."""

    def instead(self, request: Reset) -> ResetConf | None:
        self.spawn(self.reset(request.type), "reset")
        return None


@mutant(fails="9.1a", because="Reset Hard was not answered, though a boot followed")
class HardUnanswered(_Unanswered):
    """Does the hard reset and does not answer it."""


@mutant(fails="9.2a", because="Reset Soft was not answered, though a boot followed")
class SoftUnanswered(_Unanswered):
    """Does the soft reset and does not answer it."""

    kind = ResetType.SOFT


class _BootsOnTheOpenSocket(_ResetsOtherwise):
    """Sends a BootNotification over the connection that it has instead of one kind of reset."""

    def instead(self, request: Reset) -> ResetConf | None:
        self.stop_for_reset(Reason.HARD_RESET)
        self.registration = None
        self.reported = {}
        self.spawn(self.register(), "boot without a reboot")
        return ResetConf(status=ResetStatus.ACCEPTED)


@mutant(fails="9.1a", because="over the same connection: nothing restarted")
class HardBootsOnTheOpenSocket(_BootsOnTheOpenSocket):
    """Answers a hard reset with a BootNotification and goes on as before."""


class _ComesBackWithoutBoot(SimulatedStation):
    """Only breaks the connection for one kind of reset."""

    kind = ResetType.HARD

    async def reset(self, kind: ResetType) -> None:
        if kind is not self.kind:
            await super().reset(kind)
        elif self.link is not None:
            await self.link.wire.close()


@mutant(fails=("1.1a", "9.1a"), because="no BootNotification after the restart by Reset Hard")
class HardOnlyReconnects(_ComesBackWithoutBoot):
    """Breaks the connection for a hard reset and connects anew. Both checks ask for the BootNotification."""


@mutant(fails=("1.1a", "9.2a"), because="no BootNotification after the restart by Reset Soft")
class SoftOnlyReconnects(_ComesBackWithoutBoot):
    """Breaks the connection for a soft reset and connects anew. Both checks ask for the BootNotification."""

    kind = ResetType.SOFT


# ── 9.1b, 9.2b: all statuses, and Unavailable persists ───────────────────────────────────────────────


class _RemembersTheReset(SimulatedStation):
    """Does something else after one kind of reset than after other boots."""

    kind = ResetType.HARD

    async def reset(self, kind: ResetType) -> None:
        self.memory[LAST_RESET] = kind.value
        await super().reset(kind)

    @property
    def was_reset(self) -> bool:
        """Whether the last reset was of this kind."""
        return bool(self.memory.get(LAST_RESET) == self.kind.value)


class _NoStatusAfterReset(_RemembersTheReset):
    """Reports no status after one kind of reset."""

    def statuses_after_boot(self) -> list[int]:
        return self.statuses_after_reset() if self.was_reset else super().statuses_after_boot()

    def statuses_after_reset(self) -> list[int]:
        """The connectors that it reports."""
        return []


@mutant(fails="9.1b", because="no StatusNotification for connector 0, 1, 2 after the reset")
class NoSnAfterBoot(_NoStatusAfterReset):
    """Reports no status after the boot of a hard reset."""


@mutant(fails="9.2b", because="no StatusNotification for connector 0, 1, 2 after the reset")
class SoftNoSn(_NoStatusAfterReset):
    """Reports no status after the boot of a soft reset."""

    kind = ResetType.SOFT


@mutant(fails="9.1b", because="no StatusNotification for connector 0 after the reset")
class HardSnWithoutConnector0(_NoStatusAfterReset):
    """Reports its connectors after the boot of a hard reset, but not connector 0."""

    def statuses_after_reset(self) -> list[int]:
        return list(self.connectors)


@mutant(fails="9.2b", because="no StatusNotification for connector 1, 2 after the reset")
class SoftSnOfConnector0Alone(_NoStatusAfterReset):
    """Reports connector 0 after the boot of a soft reset, and no connector."""

    kind = ResetType.SOFT

    def statuses_after_reset(self) -> list[int]:
        return [0]


@mutant(fails="9.1b", because="no StatusNotification for connector 2 after the reset")
class HardSnOfWhatChangedAlone(_NoStatusAfterReset):
    """Reports after a hard reset only what is not Available, and connector 0."""

    def statuses_after_reset(self) -> list[int]:
        return [0, *(one for one in self.connectors if not self.availability.is_operative(one))]


class _ForgetsUnavailable(_RemembersTheReset):
    """Forgets over one kind of reset that connectors were out of service."""

    def make_parts(self) -> None:
        if self.was_reset and self.registration is not RegistrationStatus.ACCEPTED:
            self.memory[INOPERATIVE] = []
        super().make_parts()


@mutant(fails="9.1b", because="connector 1 was Inoperative before the reset and is Available after it")
class HardForgetsUnavailable(_ForgetsUnavailable):
    """Puts every connector into service by a hard reset."""


@mutant(fails="9.2b", because="connector 1 was Inoperative before the reset and is Available after it")
class SoftForgetsUnavailable(_ForgetsUnavailable):
    """Puts every connector into service by a soft reset."""

    kind = ResetType.SOFT

"""Stations that get HTTP Basic authentication wrong (TC_085). Each does once, so that it gets in at all."""

import msgspec

from chargeproof.simulator.mutants.registry import mutant
from chargeproof.simulator.ports import DialCredentials, DialRefused, Wire
from chargeproof.simulator.station import SimulatedStation


class _SometimesWrong(SimulatedStation):
    """Its third dial is not as it should be."""

    dials = 0

    def credentials(self) -> DialCredentials:
        self.dials += 1
        shown = super().credentials()
        return self.spoilt(shown) if self.dials == 3 else shown

    def spoilt(self, shown: DialCredentials) -> DialCredentials:
        raise NotImplementedError


@mutant(fails="TC_085a", because="another user name", model="secure")
class UserIsNotTheId(_SometimesWrong):
    """It says who built it instead of who it is."""

    def spoilt(self, shown: DialCredentials) -> DialCredentials:
        return msgspec.structs.replace(shown, user=self.model.vendor)


@mutant(fails="TC_085b", because="without a password", model="secure")
class PasswordNotAlwaysSent(_SometimesWrong):
    """It hopes that it is still known."""

    def spoilt(self, shown: DialCredentials) -> DialCredentials:
        return msgspec.structs.replace(shown, password=None)


@mutant(fails="TC_085b", because="with a wrong password", model="secure")
class AnotherPasswordTried(_SometimesWrong):
    """It tries the password that it was built with."""

    def spoilt(self, shown: DialCredentials) -> DialCredentials:
        return msgspec.structs.replace(shown, password=b"factory-password")


@mutant(fails="TC_085c", because="asked again 0.", model="secure")
class FloodsAfterRefusal(SimulatedStation):
    """Refused, it tries again at once, many times a second."""

    is_refused = False

    async def open_socket(self) -> Wire:
        try:
            self.is_refused = False
            return await super().open_socket()
        except DialRefused:
            self.is_refused = True
            raise

    def reconnect_pause_s(self, pause_s: float) -> float:
        return 0.2 if self.is_refused else super().reconnect_pause_s(pause_s)

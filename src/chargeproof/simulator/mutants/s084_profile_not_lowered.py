"""Stations that let their security profile be lowered, or are moved by a value that they reject (TC_084)."""

from chargeproof.ocpp import (
    ChangeConfiguration,
    ChangeConfigurationConf,
    ConfigurationStatus,
    GetConfiguration,
    GetConfigurationConf,
)
from chargeproof.simulator.model import load_model
from chargeproof.simulator.mutants.registry import mutant
from chargeproof.simulator.mutants.s083_profile_raised import is_raise, listing_profile
from chargeproof.simulator.security import PROFILE_KEY
from chargeproof.simulator.station import SimulatedStation


class _Moved(SimulatedStation):
    """What it does with a profile that is not higher; None: what is right."""

    def answer_change_configuration(self, request: ChangeConfiguration) -> ChangeConfigurationConf | None:
        if request.key == PROFILE_KEY and int(request.value) <= self.secured().profile:
            status = self.on_not_higher(request.value)
            if status is not None:
                return ChangeConfigurationConf(status=status)
        return super().answer_change_configuration(request)

    def on_not_higher(self, value: str) -> ConfigurationStatus | None:
        raise NotImplementedError


@mutant(fails="TC_084a", because="SecurityProfile 1 was answered with Accepted", model="secure")
class ProfileLowered(_Moved):
    """It lowers its security profile when it is told to."""

    def on_not_higher(self, value: str) -> ConfigurationStatus | None:
        if int(value) == self.secured().profile:
            return None
        self.secured().try_settings(PROFILE_KEY, value, "the security profile")
        return ConfigurationStatus.ACCEPTED


@mutant(fails="TC_084b", because="SecurityProfile 2 was answered with Accepted", model="secure")
class SameProfileTaken(_Moved):
    """It accepts the profile that it has."""

    def on_not_higher(self, value: str) -> ConfigurationStatus | None:
        return ConfigurationStatus.ACCEPTED if int(value) == self.secured().profile else None


@mutant(fails="TC_084c", because="reads “1” after 1 was rejected", model="secure")
class RejectedProfileListed(_Moved):
    """It rejects a lower profile, and lists it until the next change."""

    asked = ""

    def answer_change_configuration(self, request: ChangeConfiguration) -> ChangeConfigurationConf | None:
        self.asked = ""
        return super().answer_change_configuration(request)

    def on_not_higher(self, value: str) -> ConfigurationStatus | None:
        self.asked = value
        return None

    def answer_get_configuration(self, request: GetConfiguration) -> GetConfigurationConf | None:
        answer = super().answer_get_configuration(request)
        lower = bool(self.asked) and int(self.asked) < self.secured().profile
        return listing_profile(answer, self.asked) if lower else answer


@mutant(fails="TC_084d", because="ended the connection though it rejected", model="secure")
class ReconnectsForRejectedProfile(_Moved):
    """It rejects a lower profile and connects anew all the same."""

    def on_not_higher(self, value: str) -> ConfigurationStatus | None:
        self.spawn(self.secured().reconnect(), "reconnect")
        return ConfigurationStatus.REJECTED


class _TakesWhatItCannotUse(SimulatedStation):
    """It looks only whether the profile is higher. ``at``: the profile for which it does."""

    at = ""

    def answer_change_configuration(self, request: ChangeConfiguration) -> ChangeConfigurationConf | None:
        if not is_raise(self, request) or request.value != self.at:
            return super().answer_change_configuration(request)
        self.secured().try_settings(PROFILE_KEY, request.value, "the security profile")
        return ChangeConfigurationConf(status=ConfigurationStatus.ACCEPTED)


@mutant(
    fails="TC_084e",
    because="SecurityProfile 2 was answered with Accepted",
    model=load_model("secure").with_key(PROFILE_KEY, value="1"),
)
class ProfileTakenWithoutRoot(_TakesWhatItCannotUse):
    """It takes security profile 2 though it could not tell a server from a stranger."""

    at = "2"


@mutant(fails="TC_084f", because="SecurityProfile 3 was answered with Accepted", model="secure")
class ProfileTakenWithoutCertificate(_TakesWhatItCannotUse):
    """It takes security profile 3 though it has nothing to show."""

    at = "3"


@mutant(fails="TC_084d", because="ended the connection though it rejected", model="secure")
class ReconnectsForWhatItLacks(SimulatedStation):
    """It rejects a profile that it lacks something for, and connects anew to see whether it does."""

    def answer_change_configuration(self, request: ChangeConfiguration) -> ChangeConfigurationConf | None:
        answer = super().answer_change_configuration(request)
        refused = answer is not None and answer.status is ConfigurationStatus.REJECTED
        if refused and is_raise(self, request):
            self.spawn(self.secured().reconnect(), "reconnect")
        return answer

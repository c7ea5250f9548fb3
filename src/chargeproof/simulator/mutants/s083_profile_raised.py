"""Stations that get a higher security profile wrong (TC_083)."""

from collections.abc import Coroutine
from typing import Any

import msgspec

from chargeproof.ocpp import (
    ChangeConfiguration,
    ChangeConfigurationConf,
    ConfigurationStatus,
    GetConfiguration,
    GetConfigurationConf,
)
from chargeproof.simulator.mutants.registry import mutant
from chargeproof.simulator.ports import DialCredentials
from chargeproof.simulator.security import PASSWORD_KEY, PROFILE_KEY
from chargeproof.simulator.station import SimulatedStation


def is_raise(station: SimulatedStation, request: ChangeConfiguration) -> bool:
    return request.key == PROFILE_KEY and int(request.value) > station.secured().profile


def listing_profile(answer: GetConfigurationConf | None, value: str) -> GetConfigurationConf | None:
    """The answer with another value of SecurityProfile."""
    if answer is None:
        return None
    items = [
        msgspec.structs.replace(item, value=value) if item.key == PROFILE_KEY else item
        for item in answer.configuration_key or ()
    ]
    return msgspec.structs.replace(answer, configuration_key=items or None)


@mutant(fails="TC_083a", because="SecurityProfile 3 was answered with Rejected", model="secure")
class ProfileRaiseRefused(SimulatedStation):
    """It keeps the profile that it has, though it has what a higher one needs."""

    def answer_change_configuration(self, request: ChangeConfiguration) -> ChangeConfigurationConf | None:
        if is_raise(self, request):
            return ChangeConfigurationConf(status=ConfigurationStatus.REJECTED)
        return super().answer_change_configuration(request)


@mutant(fails="TC_083b", because="went on with the connection of the former profile", model="secure")
class ProfileRaisedAtSomeTime(SimulatedStation):
    """It takes the higher profile for whenever it will connect again."""

    raising = False

    def answer_change_configuration(self, request: ChangeConfiguration) -> ChangeConfigurationConf | None:
        self.raising = is_raise(self, request)
        return super().answer_change_configuration(request)

    def spawn(self, work: Coroutine[Any, Any, Any], name: str) -> Any:
        if name == "reconnect" and self.raising:
            work.close()
            return None
        return super().spawn(work, name)


@mutant(fails="TC_083c", because="came back with security profile 2", model="secure")
class ProfileRaiseForgotten(SimulatedStation):
    """It answers Accepted and comes back with the former profile."""

    def credentials(self) -> DialCredentials:
        shown = super().credentials()
        if shown.profile < 3:
            return shown
        password = bytes.fromhex(self.configuration.text(PASSWORD_KEY))
        return msgspec.structs.replace(shown, profile=2, password=password, identity=None)


@mutant(fails="TC_083d", because="tried to connect with security profile 2 again", model="secure")
class ProfileNotKept(SimulatedStation):
    """After some connections with the higher profile it tries the former one in between."""

    dials = 0

    def credentials(self) -> DialCredentials:
        shown = super().credentials()
        if shown.profile < 3:
            return shown
        self.dials += 1
        if self.dials != 2:
            return shown
        password = bytes.fromhex(self.configuration.text(PASSWORD_KEY))
        return msgspec.structs.replace(shown, profile=2, password=password, identity=None)


@mutant(fails="TC_083d", because="SecurityProfile reads “2”", model="secure")
class ProfileReadsAsBefore(SimulatedStation):
    """GetConfiguration goes on to list the former profile."""

    def answer_get_configuration(self, request: GetConfiguration) -> GetConfigurationConf | None:
        return listing_profile(super().answer_get_configuration(request), "2")


@mutant(fails="TC_083a", because="was answered with RebootRequired", model="secure")
class ProfileAfterReboot(SimulatedStation):
    """It wants a reboot before it uses the higher profile."""

    def answer_change_configuration(self, request: ChangeConfiguration) -> ChangeConfigurationConf | None:
        if is_raise(self, request) and self.secured().may_use_profile(int(request.value)):
            return ChangeConfigurationConf(status=ConfigurationStatus.REBOOT_REQUIRED)
        return super().answer_change_configuration(request)

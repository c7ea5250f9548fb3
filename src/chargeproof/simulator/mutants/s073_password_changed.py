"""Stations that get a change of their password wrong (TC_073)."""

from collections.abc import Coroutine
from typing import Any

from chargeproof.ocpp import ChangeConfiguration, ChangeConfigurationConf, ConfigurationStatus
from chargeproof.simulator.model import load_model
from chargeproof.simulator.mutants.registry import mutant
from chargeproof.simulator.ports import DialCredentials
from chargeproof.simulator.security import PASSWORD_KEY
from chargeproof.simulator.station import SimulatedStation


@mutant(fails="TC_073a", because="was answered with Rejected", model="secure")
class NewPasswordRefused(SimulatedStation):
    """It keeps the password that it has."""

    def answer_change_configuration(self, request: ChangeConfiguration) -> ChangeConfigurationConf | None:
        if request.key == PASSWORD_KEY:
            return ChangeConfigurationConf(status=ConfigurationStatus.REJECTED)
        return super().answer_change_configuration(request)


@mutant(fails="TC_073b", because="went on with the connection", model="secure")
class NewPasswordAtSomeTime(SimulatedStation):
    """It takes the new password and stays connected until somebody else ends that."""

    changing = False

    def answer_change_configuration(self, request: ChangeConfiguration) -> ChangeConfigurationConf | None:
        self.changing = request.key == PASSWORD_KEY
        return super().answer_change_configuration(request)

    def spawn(self, work: Coroutine[Any, Any, Any], name: str) -> Any:
        if name == "reconnect" and self.changing:
            work.close()
            return None
        return super().spawn(work, name)


@mutant(fails="TC_073c", because="without the new password", model="secure")
class NewPasswordForgotten(SimulatedStation):
    """It answers Accepted and comes back with the old password."""

    def credentials(self) -> DialCredentials:
        shown = super().credentials()
        if self.memory.get("first_password") is None and shown.password is not None:
            self.memory["first_password"] = shown.password.hex()
        kept = self.memory.get("first_password")
        if kept is None or shown.password is None:
            return shown
        return DialCredentials(
            profile=shown.profile,
            password=bytes.fromhex(kept),
            roots_pem=shown.roots_pem,
            identity=shown.identity,
        )


@mutant(
    fails="TC_073d",
    because="shows the password",
    model=load_model("secure").with_key(PASSWORD_KEY, hidden=False),
)
class PasswordListed(SimulatedStation):
    """GetConfiguration lists AuthorizationKey with its value."""


@mutant(fails="TC_073e", because="of 15 bytes was answered with Accepted", model="secure")
class ShortPasswordTaken(SimulatedStation):
    """It takes a password of any length."""

    def answer_change_configuration(self, request: ChangeConfiguration) -> ChangeConfigurationConf | None:
        if request.key != PASSWORD_KEY:
            return super().answer_change_configuration(request)
        self.secured().try_settings(PASSWORD_KEY, request.value, "the password")
        return ChangeConfigurationConf(status=ConfigurationStatus.ACCEPTED)


@mutant(fails="TC_073a", because="was answered with RebootRequired", model="secure")
class NewPasswordAfterReboot(SimulatedStation):
    """It wants a reboot first, though a connection is all that is needed."""

    def answer_change_configuration(self, request: ChangeConfiguration) -> ChangeConfigurationConf | None:
        lawful = super().answer_change_configuration(request)
        if request.key == PASSWORD_KEY and lawful is not None and lawful.status == "Accepted":
            return ChangeConfigurationConf(status=ConfigurationStatus.REBOOT_REQUIRED)
        return lawful

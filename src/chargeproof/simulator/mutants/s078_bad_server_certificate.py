"""Stations that believe servers which they must not believe, or tell nobody of them (TC_078)."""

import msgspec

from chargeproof.ocpp.security import SecurityEventNotification
from chargeproof.ocpp.security_enums import SecurityEvent
from chargeproof.simulator.mutants.registry import mutant
from chargeproof.simulator.ports import DialCredentials, TlsHabits
from chargeproof.simulator.station import SimulatedStation


class _Careless(SimulatedStation):
    """``overlooked``: what of a server's certificate is not checked."""

    overlooked = ""

    def credentials(self) -> DialCredentials:
        habits = TlsHabits(checks=TlsHabits().checks - {self.overlooked})
        return msgspec.structs.replace(super().credentials(), tls=habits)


@mutant(fails="TC_078a", because="of an unknown authority", model="secure")
class ServersChainNotChecked(_Careless):
    """It connects to whoever has a certificate for the right name, whoever signed it."""

    overlooked = "chain"


@mutant(fails="TC_078a", because="for another host", model="secure")
class ServersNameNotChecked(_Careless):
    """It connects to any server that the authority knows, whatever its name."""

    overlooked = "name"


@mutant(fails="TC_078a", because="an expired certificate", model="secure")
class ServersExpiryNotChecked(_Careless):
    """It connects to a server whose certificate is over."""

    overlooked = "time"


@mutant(
    fails="TC_078b",
    because="did not tell of a server with a certificate of an unknown",
    model="secure",
)
class WrongServerNotTold(SimulatedStation):
    """It refuses a wrong server and keeps that to itself."""

    def report_security_event(self, notification: SecurityEventNotification) -> None:
        if notification.type != SecurityEvent.INVALID_CENTRAL_SYSTEM_CERTIFICATE:
            super().report_security_event(notification)

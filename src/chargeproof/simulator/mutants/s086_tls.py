"""Stations whose TLS is too old (TC_086)."""

import msgspec

from chargeproof.ocpp.security import SecurityEventNotification
from chargeproof.ocpp.security_enums import SecurityEvent
from chargeproof.simulator.mutants.registry import mutant
from chargeproof.simulator.ports import DialCredentials, TlsHabits, TlsRefused, Wire
from chargeproof.simulator.station import SimulatedStation


@mutant(fails=("TC_086a", "TC_086c"), because="it offers TLS 1.1 too", model="secure")
class OldTlsOffered(SimulatedStation):
    """It would speak TLS 1.1 as well."""

    def credentials(self) -> DialCredentials:
        return msgspec.structs.replace(super().credentials(), tls=TlsHabits(oldest="TLSv1.1"))


@mutant(fails="TC_086b", because="neither pair of cipher suites whole", model="secure")
class OtherCipherSuites(SimulatedStation):
    """It has one cipher suite of each pair, and others that nobody asked for."""

    def credentials(self) -> DialCredentials:
        ciphers = ("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384", "AES128-GCM-SHA256")
        return msgspec.structs.replace(super().credentials(), tls=TlsHabits(ciphers=ciphers))


@mutant(fails=("TC_086a", "TC_086c"), because="TLS 1.0", model="secure")
class OldestTlsOffered(SimulatedStation):
    """It would speak TLS 1.0 as well."""

    def credentials(self) -> DialCredentials:
        return msgspec.structs.replace(super().credentials(), tls=TlsHabits(oldest="TLSv1"))


@mutant(fails="TC_086c", because="connected to a server that speaks TLS 1.1 alone", model="secure")
class FallsBackToOldTls(SimulatedStation):
    """It offers TLS 1.2 and 1.3, and TLS 1.1 as soon as a server wants nothing newer."""

    desperate = False

    async def open_socket(self) -> Wire:
        try:
            wire = await super().open_socket()
        except TlsRefused as error:
            self.desperate = error.event is SecurityEvent.INVALID_TLS_VERSION
            raise
        self.desperate = False
        return wire

    def credentials(self) -> DialCredentials:
        shown = super().credentials()
        return msgspec.structs.replace(shown, tls=TlsHabits(oldest="TLSv1.1")) if self.desperate else shown


@mutant(fails="TC_086d", because="did not tell of a server that speaks TLS 1.1 alone", model="secure")
class OldServerNotTold(SimulatedStation):
    """It refuses a server with old TLS and keeps that to itself."""

    def report_security_event(self, notification: SecurityEventNotification) -> None:
        if notification.type != SecurityEvent.INVALID_TLS_VERSION:
            super().report_security_event(notification)

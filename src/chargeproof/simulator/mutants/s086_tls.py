"""Stations whose TLS is too old (TC_086)."""

import msgspec

from chargeproof.simulator.mutants.registry import mutant
from chargeproof.simulator.ports import DialCredentials, TlsHabits
from chargeproof.simulator.station import SimulatedStation


@mutant(fails="TC_086a", because="it offers TLS 1.1 too", model="secure")
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


@mutant(fails="TC_086a", because="TLS 1.0", model="secure")
class OldestTlsOffered(SimulatedStation):
    """It would speak TLS 1.0 as well."""

    def credentials(self) -> DialCredentials:
        return msgspec.structs.replace(super().credentials(), tls=TlsHabits(oldest="TLSv1"))

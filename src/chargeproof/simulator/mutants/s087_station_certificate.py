"""Stations that get their own certificate wrong in security profile 3 (TC_087)."""

import msgspec

from chargeproof.simulator.mutants.registry import mutant
from chargeproof.simulator.ports import ClientIdentity, DialCredentials
from chargeproof.simulator.security import PASSWORD_KEY
from chargeproof.simulator.station import SimulatedStation

FIRST = "first_identity"


@mutant(fails="TC_087a", because="an older certificate than the one that it took last", model="secure")
class FirstCertificateKept(SimulatedStation):
    """It takes new certificates, and shows the first one that it ever had."""

    def credentials(self) -> DialCredentials:
        shown = super().credentials()
        kept = self.memory.get(FIRST)
        if shown.identity is None or kept is None:
            return shown
        return msgspec.structs.replace(shown, identity=ClientIdentity(kept[0], kept[1]))

    def check_own_certificate(self, chain_pem: str) -> None:
        super().check_own_certificate(chain_pem)
        key_pem = self.secured().certificates.pending_key
        if FIRST not in self.memory and key_pem is not None:
            self.memory[FIRST] = [chain_pem, key_pem]


@mutant(fails="TC_087b", because="it sends a password too", model="secure")
class PasswordBesideCertificate(SimulatedStation):
    """In security profile 3 it goes on to send its password."""

    def credentials(self) -> DialCredentials:
        shown = super().credentials()
        password = bytes.fromhex(self.configuration.text(PASSWORD_KEY))
        return msgspec.structs.replace(shown, password=password)

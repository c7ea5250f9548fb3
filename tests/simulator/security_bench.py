"""The secure model on the bench, and what tests ask it."""

import msgspec

from chargeproof.ocpp.security import (
    InstallCertificate,
    SecurityEventNotification,
    SignCertificate,
)
from chargeproof.ocpp.security_enums import CertificateUse, InstallCertificateStatus
from chargeproof.simulator.model import SecurityModel, StationModel, load_model
from chargeproof.simulator.ports import DialCredentials
from tests.simulator.bench import Bench
from tests.simulator.certificates_for_tests import root

KEY = "00112233445566778899aabbccddeeff"
OTHER_KEY = "ffeeddccbbaa99887766554433221100ffeeddcc"
CENTRAL, MAKER = CertificateUse.CENTRAL_SYSTEM_ROOT, CertificateUse.MANUFACTURER_ROOT


def secure(security: SecurityModel | None = None, **keys: str) -> StationModel:
    """The secure model with the root "Root" for the central system and "Maker" for firmware."""
    model = load_model("secure")
    shipped = security or SecurityModel(
        central_system_roots=(root().pem,), manufacturer_roots=(root("Maker").pem,)
    )
    model = msgspec.structs.replace(model, security=shipped)
    for key, value in keys.items():
        model = model.with_key(key, value=value)
    return model


def events(b: Bench) -> list[str]:
    """The security events that were told, in order."""
    return [one.type for one in b.central.all(SecurityEventNotification)]


def dialled(b: Bench) -> list[DialCredentials]:
    """What the station showed at each dial."""
    shown = [one for one in b.network.credentials if isinstance(one, DialCredentials)]
    assert len(shown) == len(b.network.credentials)
    return shown


async def install(b: Bench, use: CertificateUse, pem: str) -> InstallCertificateStatus:
    answer = await b.central.call(InstallCertificate(certificate_type=use, certificate=pem))
    return answer.status


async def requested_csr(b: Bench) -> str:
    return (await b.central.wait_for(SignCertificate)).csr

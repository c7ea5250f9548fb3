"""A simulated station that is started for security cases: it is given what a secured one has from the factory."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from chargeproof.acceptance.script import SECURITY
from chargeproof.central_system.central_system import CentralSystem
from chargeproof.simulator.model import StationModel
from chargeproof.simulator.security import PASSWORD_KEY
from chargeproof.testbed.papers import TestAuthority
from chargeproof.testbed.security_bench import furnish

PASSWORD_BYTES = 16
OVER_TLS, PLAIN = "2", "1"


def asks_for_security(numbers: Sequence[int]) -> bool:
    """Whether any of these cases is a security case."""
    return bool(set(numbers) & set(SECURITY.numbers))


@asynccontextmanager
async def secured(
    central_system: CentralSystem, charge_point_id: str, model: StationModel
) -> AsyncIterator[StationModel]:
    """The model with a password, trust in our root, and TLS where that is served; all forgotten afterwards.

    A model without the security extension is left as it is.
    """
    authority: object = central_system.security.authority
    if model.security is None or not isinstance(authority, TestAuthority):
        yield model
        return
    root = await asyncio.to_thread(authority.root_pem)  # may be made now, which takes a second
    password = secrets.token_hex(PASSWORD_BYTES)
    profile = OVER_TLS if central_system.security.door is not None else PLAIN
    given = furnish(model, root, password=password, profile=profile)
    security = central_system.security_of_stations
    await central_system.set_password(charge_point_id, given.keys[PASSWORD_KEY].value)
    try:
        yield given
    finally:
        await central_system.set_password(charge_point_id, None)
        await security.set_profile(charge_point_id, None)

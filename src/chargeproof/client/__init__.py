"""A typed client of the REST API of a running server.

async with Client("http://127.0.0.1:8080", token="cp_...") as server:
    async for station in server.charge_points.list(online=True):
        command = await server.commands.send(station.charge_point_id, "Reset", {"type": "Soft"})
"""

from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from chargeproof.client.configurations import Baselines, Configurations
from chargeproof.client.connection import Connection
from chargeproof.client.errors import ApiError, NoAnswer
from chargeproof.client.events import Event, Events
from chargeproof.client.people import Audit, People, Tokens
from chargeproof.client.runs import Runs
from chargeproof.client.security import Certificates, Security
from chargeproof.client.stations import ChargePoints, Commands, Messages, Transactions
from chargeproof.client.things import Files, IdTags, SimulatedStations
from chargeproof.resources.base import Page
from chargeproof.resources.people import Me, OwnPasswordWanted, Setting
from chargeproof.resources.server import Health, Readiness

__all__ = ["ApiError", "Client", "Event", "NoAnswer"]


class Client:
    """Everything that the API can, by resource. Takes what ``Connection`` takes.

    Every method raises ApiError for what the server refuses, and NoAnswer where none answers.
    """

    def __init__(self, address: str, **how: Any) -> None:
        self._connection = Connection(address, **how)
        self.address = self._connection.address
        self.charge_points = ChargePoints(self._connection)
        self.commands = Commands(self._connection)
        self.configurations = Configurations(self._connection)
        self.baselines = Baselines(self._connection)
        self.messages = Messages(self._connection)
        self.transactions = Transactions(self._connection)
        self.id_tags = IdTags(self._connection)
        self.files = Files(self._connection)
        self.simulated_stations = SimulatedStations(self._connection)
        self.runs = Runs(self._connection)
        self.security = Security(self._connection)
        self.certificates = Certificates(self._connection)
        self.people = People(self._connection)
        self.tokens = Tokens(self._connection)
        self.audit = Audit(self._connection)
        self.events = Events(self._connection)

    async def me(self) -> Me:
        """Who asks, and what that person or token may do."""
        return await self._connection.get("/session", Me)

    async def change_password(self, current_password: str, new_password: str) -> None:
        """One's own; all other sessions of this person end. For a client with a name and a password."""
        wanted = OwnPasswordWanted(current_password=current_password, new_password=new_password)
        await self._connection.put("/session/password", type(None), wanted)

    async def settings(self) -> Sequence[Setting]:
        """Those in force, and where each comes from; for administrators."""
        return (await self._connection.get("/settings", Page[Setting])).items

    async def health(self) -> Health:
        return await self._connection.get_beside("/healthz", Health)

    async def readiness(self) -> Readiness:
        """Whether stations can be served now, and what is in the way."""
        return await self._connection.get_beside("/readyz", Readiness, also=503)

    async def metrics(self) -> bytes:
        """Numbers in the text format of Prometheus."""
        return await self._connection.get_beside("/metrics", bytes)

    async def __aenter__(self) -> Self:
        try:
            await self._connection.open()
        except BaseException:
            await self._connection.close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._connection.close()

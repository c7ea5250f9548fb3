"""A typed client of the REST API of a running server.

async with Client("http://127.0.0.1:8080", token="cp_...") as server:
    async for station in server.charge_points.list(online=True):
        command = await server.commands.send(station.charge_point_id, "Reset", {"type": "Soft"})
"""

from types import TracebackType
from typing import Any, Self

from chargeproof.client.connection import Connection
from chargeproof.client.errors import ApiError, NoAnswer
from chargeproof.client.runs import Runs
from chargeproof.client.stations import ChargePoints, Commands, Configurations, Messages, Transactions
from chargeproof.client.things import Files, IdTags, SimulatedStations
from chargeproof.resources.people import Me

__all__ = ["ApiError", "Client", "NoAnswer"]


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
        self.messages = Messages(self._connection)
        self.transactions = Transactions(self._connection)
        self.id_tags = IdTags(self._connection)
        self.files = Files(self._connection)
        self.simulated_stations = SimulatedStations(self._connection)
        self.runs = Runs(self._connection)

    async def me(self) -> Me:
        """Who asks, and what that person or token may do."""
        return await self._connection.get("/session", Me)

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

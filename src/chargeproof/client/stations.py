"""Stations, what they said, and what is sent to them."""

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Unpack

from chargeproof.client.connection import Connection
from chargeproof.client.filters import (
    CommandFilter,
    MessageFilter,
    StationFilter,
    StatusFilter,
    TransactionExport,
    TransactionFilter,
)
from chargeproof.ocpp import RegistrationStatus
from chargeproof.resources.base import Page
from chargeproof.resources.charge_points import (
    AdmissionWanted,
    ChargePoint,
    Connector,
    ConnectorStatus,
    Handshake,
    PasswordWanted,
    WaitingStation,
)
from chargeproof.resources.commands import AvailableCommand, Command, CommandSchema, CommandWanted
from chargeproof.resources.messages import Message
from chargeproof.resources.places import place
from chargeproof.resources.transactions import MeterValues, Transaction

STATIONS = "/charge-points"


class ChargePoints:
    """Stations and who may come in."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list(self, **narrowed: Unpack[StationFilter]) -> AsyncIterator[ChargePoint]:
        """By id."""
        return self._connection.pages(STATIONS, ChargePoint, **narrowed)

    async def get(self, charge_point_id: str) -> ChargePoint:
        return await self._connection.get(STATIONS + place(charge_point_id), ChargePoint)

    async def admit(self, charge_point_id: str, registration: RegistrationStatus | None) -> ChargePoint:
        """An operator's decision; None leaves it to the settings."""
        wanted = AdmissionWanted(registration=registration)
        return await self._connection.patch(STATIONS + place(charge_point_id), ChargePoint, wanted)

    async def set_password(self, charge_point_id: str, password: str) -> None:
        """What the station must send from now on."""
        wanted = PasswordWanted(password=password)
        await self._connection.put(STATIONS + place(charge_point_id, "password"), type(None), wanted)

    async def remove_password(self, charge_point_id: str) -> None:
        """It must send none any more."""
        await self._connection.delete(STATIONS + place(charge_point_id, "password"))

    async def connectors(self, charge_point_id: str) -> Sequence[Connector]:
        path = STATIONS + place(charge_point_id, "connectors")
        return (await self._connection.get(path, Page[Connector])).items

    def statuses(
        self, charge_point_id: str, **narrowed: Unpack[StatusFilter]
    ) -> AsyncIterator[ConnectorStatus]:
        """Every status of a connector, the newest first."""
        path = STATIONS + place(charge_point_id, "statuses")
        return self._connection.pages(path, ConnectorStatus, **narrowed)

    def handshakes(self, charge_point_id: str | None = None) -> AsyncIterator[Handshake]:
        """Attempts to connect, the newest first; of one id, of all, or with "" of those without an id."""
        if not charge_point_id:
            return self._connection.pages("/handshakes", Handshake, charge_point_id=charge_point_id)
        return self._connection.pages(STATIONS + place(charge_point_id, "handshakes"), Handshake)

    async def waiting(self) -> Sequence[WaitingStation]:
        """Those that tried to connect and were held or refused."""
        return (await self._connection.get("/waiting-stations", Page[WaitingStation])).items


class Commands:
    """Commands to stations. That one is accepted proves no effect: see ``Command.effect``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def schemas(self) -> Sequence[CommandSchema]:
        return (await self._connection.get("/commands/schemas", Page[CommandSchema])).items

    async def available(self, charge_point_id: str) -> Sequence[AvailableCommand]:
        path = STATIONS + place(charge_point_id, "commands", "available")
        return (await self._connection.get(path, Page[AvailableCommand])).items

    async def send(
        self,
        charge_point_id: str,
        action: str,
        payload: Mapping[str, Any] | None = None,
        *,
        wait_s: float = 30.0,
        timeout_s: float | None = None,
    ) -> Command:
        """Returns when the station has answered, or after ``wait_s`` with the state that it has then."""
        wanted = CommandWanted(action=action, payload=dict(payload or {}), timeout_s=timeout_s)
        path = STATIONS + place(charge_point_id, "commands")
        return await self._connection.post(path, Command, wanted, wait_s=wait_s, wait=wait_s)

    def list(self, charge_point_id: str, **narrowed: Unpack[CommandFilter]) -> AsyncIterator[Command]:
        """The newest first."""
        return self._connection.pages(STATIONS + place(charge_point_id, "commands"), Command, **narrowed)

    async def get(self, charge_point_id: str, command_id: str) -> Command:
        return await self._connection.get(STATIONS + place(charge_point_id, "commands", command_id), Command)


class Messages:
    """What stations and the central system said to each other, the newest first."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list(
        self, charge_point_id: str | None = None, **narrowed: Unpack[MessageFilter]
    ) -> AsyncIterator[Message]:
        """Without a station: of all."""
        path = "/messages" if charge_point_id is None else STATIONS + place(charge_point_id, "messages")
        return self._connection.pages(path, Message, **narrowed)

    async def get(self, charge_point_id: str, number: int) -> Message:
        return await self._connection.get(STATIONS + place(charge_point_id, "messages", number), Message)

    async def save(
        self,
        charge_point_id: str,
        to: Path,
        form: Literal["jsonl", "csv"] = "jsonl",
        **narrowed: Unpack[MessageFilter],
    ) -> Path:
        """All of them into a file."""
        path = STATIONS + place(charge_point_id, f"messages.{form}")
        return await self._connection.save(path, to, **narrowed)


class Transactions:
    """Who charged what, where, and how it went; the newest first."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list(self, **narrowed: Unpack[TransactionFilter]) -> AsyncIterator[Transaction]:
        return self._connection.pages("/transactions", Transaction, **narrowed)

    async def get(self, transaction_id: int) -> Transaction:
        return await self._connection.get("/transactions" + place(transaction_id), Transaction)

    async def meter_values(self, transaction_id: int) -> MeterValues:
        return await self._connection.get(
            "/transactions" + place(transaction_id, "meter-values"), MeterValues
        )

    async def export_csv(self, **narrowed: Unpack[TransactionExport]) -> bytes:
        return await self._connection.get_bytes("/transactions.csv", **narrowed)

    async def export_meter_values(self, transaction_id: int) -> bytes:
        """Every sampled value of a transaction as CSV."""
        path = "/transactions" + place(transaction_id, "meter-values.csv")
        return await self._connection.get_bytes(path)

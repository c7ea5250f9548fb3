"""Stations, what they said, what is sent to them, and how they are configured."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from chargeproof.client.connection import Connection, place
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
from chargeproof.resources.configuration import (
    ApplyWanted,
    ChangeResults,
    Configuration,
    Differences,
    ReadWanted,
)
from chargeproof.resources.messages import Message
from chargeproof.resources.transactions import MeterValues, Transaction

STATIONS = "/charge-points"


class ChargePoints:
    """Stations and who may come in. ``query``: the parameters of the list, as the API names them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list(self, **query: Any) -> AsyncIterator[ChargePoint]:
        """By id; search, online, registration, vendor, model, firmware_version, tls narrow it down."""
        return self._connection.pages(STATIONS, ChargePoint, **query)

    async def get(self, charge_point_id: str) -> ChargePoint:
        return await self._connection.get(STATIONS + place(charge_point_id), ChargePoint)

    async def admit(self, charge_point_id: str, registration: RegistrationStatus | None) -> ChargePoint:
        """An operator's decision; None leaves it to the settings."""
        wanted = AdmissionWanted(registration=registration)
        return await self._connection.patch(STATIONS + place(charge_point_id), ChargePoint, wanted)

    async def set_password(self, charge_point_id: str, password: str | None) -> None:
        """What the station must send from now on; None: nothing."""
        path = STATIONS + place(charge_point_id, "password")
        if password is None:
            await self._connection.delete(path)
        else:
            await self._connection.put(path, type(None), PasswordWanted(password=password))

    async def connectors(self, charge_point_id: str) -> Sequence[Connector]:
        path = STATIONS + place(charge_point_id, "connectors")
        return (await self._connection.get(path, Page[Connector])).items

    def statuses(self, charge_point_id: str, **query: Any) -> AsyncIterator[ConnectorStatus]:
        path = STATIONS + place(charge_point_id, "statuses")
        return self._connection.pages(path, ConnectorStatus, **query)

    def handshakes(self, **query: Any) -> AsyncIterator[Handshake]:
        """Attempts to connect, the newest first."""
        return self._connection.pages("/handshakes", Handshake, **query)

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

    def list(self, charge_point_id: str, **query: Any) -> AsyncIterator[Command]:
        return self._connection.pages(STATIONS + place(charge_point_id, "commands"), Command, **query)

    async def get(self, charge_point_id: str, command_id: str) -> Command:
        return await self._connection.get(STATIONS + place(charge_point_id, "commands", command_id), Command)


class Configurations:
    """Configuration keys of stations."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, charge_point_id: str, *, baseline: str | None = None) -> Configuration:
        """As last read."""
        return await self._connection.get(_keys_of(charge_point_id), Configuration, baseline=baseline)

    async def read(self, charge_point_id: str, *keys: str) -> Configuration:
        """Ask the station itself; no keys: all."""
        wanted = ReadWanted(keys=[*keys])
        return await self._connection.post(f"{_keys_of(charge_point_id)}/read", Configuration, wanted)

    async def change(self, charge_point_id: str, values: Mapping[str, str]) -> ChangeResults:
        return await self._connection.patch(_keys_of(charge_point_id), ChangeResults, dict(values))

    async def differences(self, charge_point_id: str, against: str) -> Differences:
        """``against``: baseline:NAME, time:..., firmware:VERSION or station:ID."""
        path = f"{_keys_of(charge_point_id)}/differences"
        return await self._connection.get(path, Differences, against=against)

    async def apply(self, charge_point_id: str, against: str, *keys: str) -> ChangeResults:
        wanted = ApplyWanted(against=against, keys=[*keys])
        return await self._connection.post(f"{_keys_of(charge_point_id)}/apply", ChangeResults, wanted)


def _keys_of(charge_point_id: str) -> str:
    return STATIONS + place(charge_point_id, "configuration")


class Messages:
    """What stations and the central system said to each other, the newest first."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list(
        self,
        charge_point_id: str | None = None,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        **query: Any,
    ) -> AsyncIterator[Message]:
        """action, kind, caller, id, text and deviating narrow it down; without a station: of all."""
        path = "/messages" if charge_point_id is None else STATIONS + place(charge_point_id, "messages")
        return self._connection.pages(path, Message, since=since, until=until, **query)

    async def get(self, charge_point_id: str, number: int) -> Message:
        return await self._connection.get(STATIONS + place(charge_point_id, "messages", number), Message)


class Transactions:
    """Who charged what, where, and how it went; the newest first."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list(self, **query: Any) -> AsyncIterator[Transaction]:
        """charge_point_id, id_tag, open, since and until narrow it down."""
        return self._connection.pages("/transactions", Transaction, **query)

    async def get(self, transaction_id: int) -> Transaction:
        return await self._connection.get("/transactions" + place(transaction_id), Transaction)

    async def meter_values(self, transaction_id: int) -> MeterValues:
        return await self._connection.get(
            "/transactions" + place(transaction_id, "meter-values"), MeterValues
        )

"""The hands at a simulated station: acts by name, as an operator's script or a rig's HTTP verbs name them."""

from collections.abc import Awaitable, Callable, Mapping

from chargeproof.ocpp import ChargePointErrorCode
from chargeproof.simulator.ports import UnsupportedAct
from chargeproof.simulator.station import SimulatedStation

Parameters = Mapping[str, str]

BOOLEANS = {"true": True, "false": False}


class Hands:
    """Performs acts on one station. All raise CannotBeDone or UnsupportedAct; ValueError for bad parameters.

    | act | parameters |
    |---|---|
    | plug_in, unplug | connector_id |
    | present_card | id_tag, connector_id |
    | provoke_error | connector_id (0: the station itself), error_code (optional) |
    | repair | connector_id |
    | reboot | |
    | parking_bay | connector_id, occupied |
    """

    def __init__(self, station: SimulatedStation) -> None:
        self.station = station
        self._acts: dict[str, Callable[[Parameters], Awaitable[None]]] = {
            "plug_in": self._plug_in,
            "unplug": self._unplug,
            "present_card": self._present_card,
            "provoke_error": self._provoke_error,
            "repair": self._repair,
            "reboot": self._reboot,
            "parking_bay": self._parking_bay,
        }

    @property
    def acts(self) -> tuple[str, ...]:
        return tuple(self._acts)

    async def perform(self, act: str, parameters: Parameters) -> None:
        """Returns when the act is done, not when the station has reacted."""
        if act not in self._acts:
            raise UnsupportedAct(f"nobody here knows the act {act!r}; there are: {', '.join(self._acts)}")
        await self._acts[act](parameters)

    async def _plug_in(self, parameters: Parameters) -> None:
        await self.station.plug_in(connector_of(parameters))

    async def _unplug(self, parameters: Parameters) -> None:
        await self.station.unplug(connector_of(parameters))

    async def _present_card(self, parameters: Parameters) -> None:
        id_tag = parameters.get("id_tag", "")
        if not 0 < len(id_tag) <= 20:
            raise ValueError(f"an idTag has 1 to 20 characters, not {len(id_tag)}")
        await self.station.present_card(id_tag, connector_of(parameters))

    async def _provoke_error(self, parameters: Parameters) -> None:
        code = parameters.get("error_code")
        error_code = ChargePointErrorCode(code) if code else None
        await self.station.provoke_error(connector_of(parameters), error_code)

    async def _repair(self, parameters: Parameters) -> None:
        await self.station.repair(connector_of(parameters))

    async def _reboot(self, parameters: Parameters) -> None:
        await self.station.cut_mains()

    async def _parking_bay(self, parameters: Parameters) -> None:
        occupied = flag_of(parameters, "occupied")
        await self.station.occupy_bay(connector_of(parameters), occupied)


def connector_of(parameters: Parameters) -> int:
    """The parameter connector_id; 1 if it is left out."""
    text = parameters.get("connector_id", "1")
    if not text.isdecimal():
        raise ValueError(f"connector_id must be a number from 0 on, not {text!r}")
    return int(text)


def flag_of(parameters: Parameters, name: str) -> bool:
    text = parameters.get(name, "")
    if text.lower() not in BOOLEANS:
        raise ValueError(f"{name} must be true or false, not {text!r}")
    return BOOLEANS[text.lower()]

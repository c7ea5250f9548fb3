"""Simulated stations that run inside of this process."""

from typing import Annotated, Literal

from msgspec import Meta

from chargeproof.resources.base import Resource, Wanted

Hand = Literal[
    "plug_in", "unplug", "present_card", "provoke_error", "repair", "cut_mains", "occupy_bay", "vehicle_ready"
]


class SimulatedOutlet(Resource, frozen=True, kw_only=True):
    """One connector as hands find it."""

    connector_id: int
    plugged: bool
    vehicle_ready: bool | None
    fault: str | None
    bay_occupied: bool


class SimulatedStation(Resource, frozen=True, kw_only=True):
    """running: its software runs. online: it was accepted by the central system."""

    charge_point_id: str
    model: str
    vendor: str
    running: bool
    online: bool
    fault: str | None
    outlets: list[SimulatedOutlet]


class SimulatedStationModel(Resource, frozen=True, kw_only=True):
    """A model that comes with the program."""

    name: str
    vendor: str
    model: str
    connectors: int
    feature_profiles: list[str]


class SimulatedStationWanted(Wanted, frozen=True, kw_only=True):
    """Start a station of a built-in model; it connects by itself. charge_point_id: none takes a free one."""

    charge_point_id: (
        Annotated[
            str, Meta(min_length=1, max_length=48, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$", examples=["SIM-1"])
        ]
        | None
    ) = None
    model: Annotated[str, Meta(min_length=1, max_length=100, examples=["lawful"])] = "lawful"


class HandWanted(Wanted, frozen=True, kw_only=True):
    """Something done by hand at a simulated station.

    connector_id 0: the station itself, where that makes sense. id_tag: of the card. error_code: one of
    StatusNotification, none: the model's own. occupied, ready: for `occupy_bay` and `vehicle_ready`.
    """

    act: Hand
    connector_id: Annotated[int, Meta(ge=0, le=100)] = 1
    id_tag: Annotated[str, Meta(min_length=1, max_length=20)] | None = None
    error_code: Annotated[str, Meta(max_length=50)] | None = None
    occupied: bool = True
    ready: bool = True

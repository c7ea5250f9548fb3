"""The status transitions of a connector, as the table of S§4.9 has them."""

from typing import Final

from chargeproof.ocpp.enums import ChargePointStatus as S

_COLUMNS: Final = (
    S.AVAILABLE,
    S.PREPARING,
    S.CHARGING,
    S.SUSPENDED_EV,
    S.SUSPENDED_EVSE,
    S.FINISHING,
    S.RESERVED,
    S.UNAVAILABLE,
    S.FAULTED,
)
_ROWS: Final = dict(zip("ABCDEFGHI", _COLUMNS, strict=True))

TRANSITION_TEXTS: Final[dict[str, str]] = {
    "A2": "Usage is initiated: a plug inserted, a vehicle in the bay, an idTag or a button",
    "A3": "Charging can begin without anything to prepare",
    "A4": "Charging could begin without anything to prepare, but the vehicle takes no energy",
    "A5": "Charging could begin without anything to prepare, but the station offers no energy",
    "A7": "A ReserveNow for the connector is accepted",
    "A8": "A ChangeAvailability makes the connector Unavailable",
    "A9": "A fault is detected that prevents charging",
    "B1": "Intended usage is ended: the plug removed, the bay left, or no plug in time after the idTag",
    "B3": "Everything needed is there and charging begins",
    "B4": "Everything needed is there, but the vehicle takes no energy",
    "B5": "Everything needed is there, but the station offers no energy",
    "B6": "The time is over in which an idTag had to be presented",
    "B9": "A fault is detected that prevents charging",
    "C1": "Charging ends and nobody has to do anything more",
    "C4": "The vehicle stops taking energy",
    "C5": "The station stops offering energy: smart charging, local supply or authorization",
    "C6": "The transaction is stopped and the user still has to act",
    "C8": "Charging ends, and a scheduled change makes the connector Unavailable",
    "C9": "A fault is detected that prevents charging",
    "D1": "Charging ends and nobody has to do anything more",
    "D3": "The vehicle takes energy again",
    "D5": "The station stops offering energy",
    "D6": "The transaction is stopped and the user still has to act",
    "D8": "Charging ends, and a scheduled change makes the connector Unavailable",
    "D9": "A fault is detected that prevents charging",
    "E1": "Charging ends and nobody has to do anything more",
    "E3": "The station offers energy again",
    "E4": "The station offers energy again, but the vehicle takes none",
    "E6": "The transaction is stopped and the user still has to act",
    "E8": "Charging ends, and a scheduled change makes the connector Unavailable",
    "E9": "A fault is detected that prevents charging",
    "F1": "The user has done everything: the cable removed, the bay left",
    "F2": "The user starts again while the cable is still in",
    "F8": "The user has done everything, and a scheduled change makes the connector Unavailable",
    "F9": "A fault is detected that prevents charging",
    "G1": "The reservation expires or is cancelled",
    "G2": "The reserving idTag is presented",
    "G8": "The reservation ends, and the connector is made Unavailable",
    "G9": "A fault is detected that prevents charging",
    "H1": "The connector is made Available by a ChangeAvailability",
    "H2": "The connector is made Available with a user already interacting",
    "H3": "The connector is made Available with charging at once",
    "H4": "The connector is made Available, charging at once, but the vehicle takes no energy",
    "H5": "The connector is made Available, charging at once, but the station offers no energy",
    "H9": "A fault is detected that prevents charging",
    "I1": "The fault is gone; back to Available",
    "I2": "The fault is gone; back to Preparing",
    "I3": "The fault is gone; back to Charging",
    "I4": "The fault is gone; back to SuspendedEV",
    "I5": "The fault is gone; back to SuspendedEVSE",
    "I6": "The fault is gone; back to Finishing",
    "I7": "The fault is gone; back to Reserved",
    "I8": "The fault is gone; back to Unavailable",
}
"""What happens in each transition of S§4.9, by its id there."""

_IDS: Final = {(_ROWS[name[0]], _COLUMNS[int(name[1]) - 1]): name for name in TRANSITION_TEXTS}

CONNECTOR_TRANSITIONS: Final[dict[S, frozenset[S]]] = {
    before: frozenset(after for start, after in _IDS if start is before) for before in _COLUMNS
}
"""For each status of a connector, those that may follow it."""

STATION_STATUSES: Final = frozenset({S.AVAILABLE, S.UNAVAILABLE, S.FAULTED})
"""The statuses of connector 0, the station itself; any of them may follow any other (S§4.9)."""


def is_transition(before: S, after: S) -> bool:
    """Whether S§4.9 lets a connector go from ``before`` to ``after``; to stay is no transition."""
    return (before, after) in _IDS


def transition_id(before: S, after: S) -> str | None:
    """The id of the transition in S§4.9, such as ``B3``; ``None`` if there is none."""
    return _IDS.get((before, after))

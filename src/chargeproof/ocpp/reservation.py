"""The Reservation profile (S§3.3)."""

from chargeproof.ocpp.enums import CancelReservationStatus, ReservationStatus
from chargeproof.ocpp.messages import (
    Confirmation,
    ConnectorOrStation,
    IdToken,
    Integer,
    MayBeLeftOut,
    Request,
    Role,
    Timestamp,
)


class CancelReservationConf(Confirmation, kw_only=True, frozen=True):
    """S§6.6."""

    action = "CancelReservation"

    status: CancelReservationStatus


class CancelReservation(Request[CancelReservationConf], kw_only=True, frozen=True):
    """S§6.5."""

    action = "CancelReservation"
    conf = CancelReservationConf
    sender = Role.CENTRAL_SYSTEM

    reservation_id: Integer


class ReserveNowConf(Confirmation, kw_only=True, frozen=True):
    """S§6.38."""

    action = "ReserveNow"

    status: ReservationStatus


class ReserveNow(Request[ReserveNowConf], kw_only=True, frozen=True):
    """S§6.37. ``connector_id`` 0 reserves any one connector."""

    action = "ReserveNow"
    conf = ReserveNowConf
    sender = Role.CENTRAL_SYSTEM

    connector_id: ConnectorOrStation
    expiry_date: Timestamp
    id_tag: IdToken
    reservation_id: Integer
    parent_id_tag: MayBeLeftOut[IdToken] = None


MESSAGES: tuple[type[Request], ...] = (CancelReservation, ReserveNow)

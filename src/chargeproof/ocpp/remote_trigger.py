"""The Remote Trigger profile (S§3.3)."""

from chargeproof.ocpp.enums import MessageTrigger, TriggerMessageStatus
from chargeproof.ocpp.messages import (
    Confirmation,
    ConnectorOrStation,
    MayBeLeftOut,
    Request,
    Role,
)


class TriggerMessageConf(Confirmation, kw_only=True, frozen=True):
    """S§6.52."""

    action = "TriggerMessage"

    status: TriggerMessageStatus


class TriggerMessage(Request[TriggerMessageConf], kw_only=True, frozen=True):
    """S§6.51. No ``connector_id``: the station and every connector."""

    action = "TriggerMessage"
    conf = TriggerMessageConf
    sender = Role.CENTRAL_SYSTEM

    requested_message: MessageTrigger
    connector_id: MayBeLeftOut[ConnectorOrStation] = None


MESSAGES: tuple[type[Request], ...] = (TriggerMessage,)

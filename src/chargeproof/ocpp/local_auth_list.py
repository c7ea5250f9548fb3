"""The Local Auth List Management profile (S§3.3)."""

from chargeproof.ocpp.enums import UpdateStatus, UpdateType
from chargeproof.ocpp.messages import (
    Confirmation,
    IdTagInfo,
    IdToken,
    Integer,
    MayBeLeftOut,
    Part,
    Request,
    Role,
)


class GetLocalListVersionConf(Confirmation, kw_only=True, frozen=True):
    """S§6.28. ``list_version`` 0: the list is empty; -1: lists are not supported."""

    action = "GetLocalListVersion"

    list_version: Integer


class GetLocalListVersion(Request[GetLocalListVersionConf], kw_only=True, frozen=True):
    """S§6.27."""

    action = "GetLocalListVersion"
    conf = GetLocalListVersionConf
    sender = Role.CENTRAL_SYSTEM


class AuthorizationData(Part, kw_only=True, frozen=True):
    """S§7.1. In a differential update, no ``id_tag_info`` removes the idTag."""

    id_tag: IdToken
    id_tag_info: MayBeLeftOut[IdTagInfo] = None


class SendLocalListConf(Confirmation, kw_only=True, frozen=True):
    """S§6.42."""

    action = "SendLocalList"

    status: UpdateStatus


class SendLocalList(Request[SendLocalListConf], kw_only=True, frozen=True):
    """S§6.41."""

    action = "SendLocalList"
    conf = SendLocalListConf
    sender = Role.CENTRAL_SYSTEM

    list_version: Integer
    update_type: UpdateType
    local_authorization_list: MayBeLeftOut[list[AuthorizationData]] = None


MESSAGES: tuple[type[Request], ...] = (GetLocalListVersion, SendLocalList)

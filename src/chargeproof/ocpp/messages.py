"""Base classes of the messages, and the field types that the feature profiles share."""

from __future__ import annotations

import math
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, ClassVar, Final, Generic, TypeAlias

import msgspec
from msgspec import Meta

from chargeproof.ocpp.enums import AuthorizationStatus

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    ConfT = TypeVar("ConfT", bound="Confirmation", default="Confirmation", covariant=True)
    T = TypeVar("T")
    MayBeLeftOut: TypeAlias = T | None
else:
    from typing import TypeVar

    ConfT = TypeVar("ConfT", covariant=True)

    class MayBeLeftOut:
        """``MayBeLeftOut[T]``: the field is None when it is left out.

        Its decoder takes a ``T`` only, for null is not how a field is left out (J§4.2); so no text has to be
        searched for null.
        """

        def __class_getitem__(cls, kind):
            return kind


CiString20 = Annotated[str, Meta(max_length=20)]
CiString25 = Annotated[str, Meta(max_length=25)]
CiString50 = Annotated[str, Meta(max_length=50)]
CiString255 = Annotated[str, Meta(max_length=255)]
CiString500 = Annotated[str, Meta(max_length=500)]
IdToken = CiString20
Timestamp = Annotated[datetime, Meta(tz=True)]
LARGEST_INTEGER: Final = 2**63 - 1
Integer = Annotated[int, Meta(ge=-LARGEST_INTEGER - 1, le=LARGEST_INTEGER)]
"""The specification names no range; what no database and few languages can hold is refused."""
ConnectorOrStation = Annotated[int, Meta(ge=0, le=LARGEST_INTEGER)]
"""A connector from 1 on, or 0 for the station itself."""
ConnectorId = Annotated[int, Meta(ge=1, le=LARGEST_INTEGER)]
"""A connector from 1 on (S§3.8)."""

TENTHS: Final = "tenths"
Tenths = Annotated[float, Meta(extra={TENTHS: True})]
"""A number with one decimal at most (S§7.13, S§7.14); see ``is_in_tenths``."""


def is_in_tenths(value: float) -> bool:
    """Whether ``value`` is a multiple of 0.1, the noise of binary floats (0.30000000000000004) set aside."""
    tenths = value * 10
    # At this size, binary floats hold integers only, and Python does not round what has become infinite.
    return abs(tenths) > 2**53 or math.isclose(tenths, round(tenths), rel_tol=1e-12, abs_tol=1e-6)


# `gc=False`: frozen trees that came from JSON or went into it hold no cycles, and they are what a busy central
# system makes most of.


class Role(Enum):
    """The two ends of a connection."""

    CHARGE_POINT = "charge point"
    CENTRAL_SYSTEM = "central system"

    @property
    def peer(self) -> Role:
        """The other end."""
        return Role.CENTRAL_SYSTEM if self is Role.CHARGE_POINT else Role.CHARGE_POINT


class Part(
    msgspec.Struct,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
    frozen=True,
    gc=False,
):
    """Base of the classes nested in messages (S§7).

    Constructors check no limits: decoding and ``check`` do.
    """


class Confirmation(
    msgspec.Struct,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
    frozen=True,
    gc=False,
):
    """Base of all confirmations, the payloads of a CALLRESULT (S§6).

    Constructors check no limits: decoding and ``check`` do.
    """

    action: ClassVar[str]


class Request(
    msgspec.Struct,
    Generic[ConfT],
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
    frozen=True,
    gc=False,
):
    """Base of all requests, the payloads of a CALL (S§6). ``Request[ResetConf]`` is confirmed by a
    ``ResetConf``.

    ``sender`` is the role that may send it; ``None`` means both. Constructors check no limits: decoding and
    ``check`` do.
    """

    action: ClassVar[str]
    conf: ClassVar[type[Confirmation]]
    sender: ClassVar[Role | None]

    @classmethod
    def may_be_sent_by(cls, role: Role) -> bool:
        """Whether ``role`` may send this request (S§4 for the charge point, S§5 for the central system)."""
        return cls.sender is None or cls.sender is role


class IdTagInfo(Part, kw_only=True, frozen=True):
    """S§7.27 Standing of an idTag."""

    status: AuthorizationStatus
    expiry_date: MayBeLeftOut[Timestamp] = None
    parent_id_tag: MayBeLeftOut[IdToken] = None

"""Messages: a request and its answer are one row."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from chargeproof.resources.base import Resource


class MessageDeviation(Resource, frozen=True, kw_only=True):
    """Something that deviates from the schema or in its meaning. `where`: a path into the payload."""

    rule: Annotated[str, Meta(examples=["too_long"])]
    where: Annotated[str, Meta(examples=["$.chargePointModel"])]
    value: str


class Message(Resource, frozen=True, kw_only=True):
    """A CALL and its answer, or a text that was neither (`action` null).

    number: permanent, rising in the order of arrival. caller: who sent the request.
    outcome: `answered`, `call_error`, `timed_out`, `lost`, `late` or `malformed`.
    request, answer: the texts exactly as they were on the wire. raw_base64: what was no UTF-8.
    about: what the message is about, in a few words. transaction_id, connector_id, id_tag: as named in it.
    """

    number: int
    charge_point_id: str
    connection: int
    caller: Literal["charge_point", "central_system"]
    action: str | None
    unique_id: str | None
    outcome: str
    requested_at: datetime
    answered_at: datetime | None
    latency_ms: float | None
    request: str | None
    answer: str | None
    raw_base64: str | None = None
    station_time: str | None = None
    clock_offset_s: float | None = None
    about: str = ""
    transaction_id: int | None = None
    connector_id: int | None = None
    deviations: tuple[MessageDeviation, ...] = ()

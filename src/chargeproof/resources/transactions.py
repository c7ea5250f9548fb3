"""Transactions and what was measured in them."""

from datetime import datetime
from typing import Literal

from chargeproof.resources.base import Resource


class Transaction(Resource, frozen=True, kw_only=True):
    """One transaction. Readings in Wh; `energy_wh` as far as it is known.

    started_at, stopped_at: the station's clock. The `..._received_at` are ours.
    """

    transaction_id: int
    charge_point_id: str
    connector_id: int | None
    open: bool
    id_tag: str | None
    id_tag_status: str
    parent_id_tag: str | None = None
    reservation_id: int | None = None
    started_at: datetime | None
    start_received_at: datetime
    meter_start_wh: int | None
    stopped_at: datetime | None = None
    stop_received_at: datetime | None = None
    meter_stop_wh: int | None = None
    stop_reason: str | None = None
    stop_id_tag: str | None = None
    energy_wh: int | None = None
    duration_s: float | None = None


class Series(Resource, frozen=True, kw_only=True):
    """What one measurand did over time, ready for a chart: three lists of the same length.

    key: measurand, phase and location in one word, for legends and columns.
    quantity: what axis it belongs to. times: seconds since 1970, the station's clock.
    delays_s: received minus measured. unit: after conversion to base units (W, Wh, A, V, ...).
    """

    key: str
    measurand: str
    phase: str | None
    location: str
    unit: str
    quantity: Literal["power", "energy", "current", "voltage", "other"]
    times: list[float]
    values: list[float]
    delays_s: list[float]


class Mark(Resource, frozen=True, kw_only=True):
    """Something that happened on the time axis. `ends_at`: of an outage."""

    at: datetime
    kind: Literal["authorize", "start", "status", "stop", "outage", "meter_values"]
    label: str
    ends_at: datetime | None = None
    message: int | None = None


class Sample(Resource, frozen=True, kw_only=True):
    """One sampled value as it was sent, with its times."""

    measured_at: datetime | None
    received_at: datetime
    delay_s: float | None
    measurand: str
    phase: str | None
    location: str
    context: str
    value: str
    unit: str
    source: str


class MeterValues(Resource, frozen=True, kw_only=True):
    """Everything that was measured in one transaction. `truncated`: there is more than is shown."""

    transaction_id: int
    series: list[Series]
    marks: list[Mark]
    samples: list[Sample]
    truncated: bool = False

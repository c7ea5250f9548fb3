"""Meter values: shared by MeterValues and StopTransaction (S§7.33, S§7.43)."""

from typing import Annotated

from msgspec import Meta

from chargeproof.ocpp.enums import Location, Measurand, Phase, ReadingContext, UnitOfMeasure, ValueFormat
from chargeproof.ocpp.messages import (
    MayBeLeftOut,
    Part,
    Timestamp,
)


class SampledValue(Part, kw_only=True, frozen=True):
    """S§7.43 One value. The fields are as sent; the ``effective_`` ones apply the defaults."""

    value: str
    context: MayBeLeftOut[ReadingContext] = None
    format: MayBeLeftOut[ValueFormat] = None
    measurand: MayBeLeftOut[Measurand] = None
    phase: MayBeLeftOut[Phase] = None
    location: MayBeLeftOut[Location] = None
    unit: MayBeLeftOut[UnitOfMeasure] = None

    @property
    def effective_context(self) -> ReadingContext:
        """The context; Sample.Periodic when left out."""
        return self.context or ReadingContext.SAMPLE_PERIODIC

    @property
    def effective_format(self) -> ValueFormat:
        """The format; Raw when left out."""
        return self.format or ValueFormat.RAW

    @property
    def effective_measurand(self) -> Measurand:
        """The measurand; Energy.Active.Import.Register when left out."""
        return self.measurand or Measurand.ENERGY_ACTIVE_IMPORT_REGISTER

    @property
    def effective_location(self) -> Location:
        """The location; Outlet when left out."""
        return self.location or Location.OUTLET

    @property
    def effective_unit(self) -> UnitOfMeasure | None:
        """The unit; Wh when left out on an energy, ``None`` when left out on anything else."""
        if self.unit is None and self.effective_measurand.startswith("Energy."):
            return UnitOfMeasure.WH
        return self.unit


class MeterValue(Part, kw_only=True, frozen=True):
    """S§7.33 Values sampled at one point in time."""

    timestamp: Timestamp
    sampled_value: Annotated[list[SampledValue], Meta(min_length=1)]

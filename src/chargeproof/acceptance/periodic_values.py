"""Which sampled values are periodic: those with the context Sample.Periodic, which is the default (S§7.43)."""

from chargeproof.ocpp import MeterValues, ReadingContext, SampledValue

_NOT_PERIODIC = frozenset(ReadingContext) - {ReadingContext.SAMPLE_PERIODIC, ReadingContext.OTHER}


def is_periodic(value: SampledValue) -> bool:
    """Whether it was taken at the interval: not at the beginning or end, by the clock, or on demand."""
    return value.context not in _NOT_PERIODIC


def has_periodic_values(message: MeterValues) -> bool:
    """Whether a message holds any."""
    return any(
        is_periodic(value)
        for meter_value in message.meter_value or ()
        for value in meter_value.sampled_value or ()
    )

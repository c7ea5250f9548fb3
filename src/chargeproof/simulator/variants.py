"""Models that differ from the lawful one in little: for stations that are tried with the judge."""

from functools import cache
from typing import Any

import msgspec

from chargeproof.simulator.model import StationModel, load_model


@cache
def _lawful() -> StationModel:
    return load_model("lawful")


def lawful(**changes: Any) -> StationModel:
    """The lawful model with other attributes, e.g. ``connectors=1``; of ``timing`` a dict of what differs."""
    model = _lawful()
    timing = msgspec.structs.replace(model.timing, **changes.pop("timing", {}))
    return msgspec.structs.replace(model, timing=timing, **changes)


def lawful_without(*keys: str) -> StationModel:
    """The lawful model without these configuration keys."""
    model = _lawful()
    return msgspec.structs.replace(
        model, keys={key: item for key, item in model.keys.items() if key not in keys}
    )

"""The restoration by itself, after a run that could not play its own."""

from collections.abc import Mapping

from chargeproof.acceptance.ports import StoppedByPersonError
from chargeproof.acceptance.preparation import restore
from chargeproof.acceptance.stage import CannotError, Stage

READING = "what the station supports is read"


async def put_back(stage: Stage, keys: Mapping[str, str]) -> str:
    """Give the keys these values, and leave the station as every run does; ``completed`` or ``stopped``."""
    stage.originals.update(keys)
    try:
        async with stage.step(READING):
            await stage.read_keys(["SupportedFeatureProfiles", "LocalAuthListEnabled"])
        await restore(stage)
    except CannotError:
        return "completed"
    except StoppedByPersonError:
        return "stopped"
    return "completed"

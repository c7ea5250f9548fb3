"""The key SecurityProfile in a record."""

from chargeproof.acceptance.configuration_in_record import same_key
from chargeproof.acceptance.quantifiers import ours
from chargeproof.acceptance.security.profile_scenes import KEY, READ_PROFILE
from chargeproof.acceptance.verdict import Verdict, not_applicable
from chargeproof.ocpp import GetConfiguration
from chargeproof.trace import Exchange, Trace


def value_read(read: Exchange[GetConfiguration]) -> str | None:
    """What the answer says of the key; None where it does not name it."""
    items = getattr(read.confirmation, "configuration_key", None) or ()
    return next((item.value for item in items if same_key(item.key, KEY)), None)


def key_lacking(trace: Trace) -> Verdict | None:
    """Not applicable, where the station answered that it does not know the key."""
    for span in trace.steps(READ_PROFILE):
        for read in ours(trace.during(span), GetConfiguration):
            unknown = getattr(read.confirmation, "unknown_key", None) or ()
            if any(same_key(key, KEY) for key in unknown):
                return not_applicable("the station has no configuration key SecurityProfile", read.evidence)
    return None

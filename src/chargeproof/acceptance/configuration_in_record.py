"""What a record shows of the station's configuration: values as they were read, not as they were set."""

from dataclasses import dataclass
from typing import Any

from chargeproof.acceptance.asked_once import asked_once
from chargeproof.acceptance.profile import profile_of
from chargeproof.acceptance.quantifiers import answer_to, ours, theirs
from chargeproof.acceptance.verdict import Verdict, not_applicable
from chargeproof.ocpp import (
    GetConfiguration,
    GetConfigurationConf,
    KeyValue,
    StatusNotification,
    UpdateFirmware,
)
from chargeproof.trace import Exchange, Trace


@dataclass(frozen=True, slots=True)
class KeyReading:
    """One key in the answer to one GetConfiguration. ``item`` is None where the key was named as unknown."""

    key: str
    item: KeyValue | None
    exchange: Exchange[GetConfiguration]

    @property
    def value(self) -> str | None:
        return None if self.item is None else self.item.value

    @property
    def n(self) -> int:
        """The entry number of the answer: from here on the value is known."""
        return self.exchange.answer.n if self.exchange.answer is not None else self.exchange.n


def same_key(one: str | None, other: str | None) -> bool:
    """Whether two names are one key: a CiString is case-insensitive (S§7.29)."""
    return one is not None and other is not None and one.casefold() == other.casefold()


def same_value(one: str | None, other: str | None) -> bool:
    """Equal as written, or the same truth value, number or list in another spelling."""
    return one == other or (one is not None and other is not None and _plain(one) == _plain(other))


def _plain(value: str) -> str:
    parts = [part.strip() for part in value.split(",")]
    if len(parts) > 1:
        return ",".join(parts)
    text = parts[0]
    if text.casefold() in ("true", "false"):
        return text.casefold()
    return text.lstrip("0") or "0" if text.isdecimal() else text


def listed_items(exchange: Exchange[GetConfiguration]) -> list[KeyValue]:
    """The items of an answer that have a key at all."""
    answered = exchange.confirmation
    items: Any = answered.configuration_key if isinstance(answered, GetConfigurationConf) else None
    return [item for item in items or () if isinstance(item.key, str) and item.key]


def unknown_keys(exchange: Exchange[GetConfiguration]) -> list[str]:
    """The keys that an answer names as unknown."""
    answered = exchange.confirmation
    names: Any = answered.unknown_key if isinstance(answered, GetConfigurationConf) else None
    return [name for name in names or () if isinstance(name, str) and name]


def key_readings(trace: Trace, key: str | None = None) -> list[KeyReading]:
    """Every reading of one key (of all: None), in order; a full list without the key reads it as unknown."""
    found: list[KeyReading] = []
    wanted = None if key is None else key.casefold()
    for answered in _answers(trace):
        if wanted is None:
            found.extend(reading for readings in answered.listed.values() for reading in readings)
            found.extend(KeyReading(name, None, answered.exchange) for name in answered.unknown)
            continue
        mine = answered.listed.get(wanted, [])
        unknown = [name for name in answered.unknown if name.casefold() == wanted]
        if key is not None and answered.listed and not mine and not answered.exchange.request.key:
            unknown = [key]
        found.extend(mine)
        found.extend(KeyReading(name, None, answered.exchange) for name in unknown)
    return found


@dataclass(frozen=True, slots=True)
class _Answered:
    """One answer: its readings by the name of the key in lower case, and the names of unknown ones."""

    exchange: Exchange[GetConfiguration]
    listed: dict[str, list[KeyReading]]
    unknown: list[str]


@asked_once
def _answers(trace: Trace) -> list[_Answered]:
    answers = []
    for exchange in ours(trace, GetConfiguration):
        listed: dict[str, list[KeyReading]] = {}
        for item in listed_items(exchange):
            listed.setdefault(item.key.casefold(), []).append(KeyReading(item.key, item, exchange))
        answers.append(_Answered(exchange, listed, unknown_keys(exchange)))
    return answers


def first_value(trace: Trace, key: str) -> str | None:
    """The value of the key where it was first read; None where no answer of the record holds one."""
    return next((r.value for r in key_readings(trace, key) if r.value is not None), None)


def connector_count(trace: Trace) -> int | None:
    """NumberOfConnectors as read, else as the profile states it; None where nobody said."""
    value = first_value(trace, "NumberOfConnectors")
    if value is not None and value.strip().isdecimal() and int(value) > 0:
        return int(value)
    return profile_of(trace.head.profile).connectors if trace.head is not None else None


def connector_ids(trace: Trace) -> range:
    """0 and every connector: as many as are stated, else as many as ever reported a status.

    One that the key alone knows, and neither the operator nor any status, is a matter of 3.4a.
    """
    count = connector_count(trace)
    seen: list[Any] = [status.request.connector_id for status in theirs(trace, StatusNotification)]
    most = max((each for each in seen if isinstance(each, int)), default=0)
    stated = profile_of(trace.head.profile).connectors if trace.head is not None else None
    if count is None:
        count = most
    elif stated is not None and most <= stated < count:
        count = stated
    return range(min(count, MOST_CONNECTORS) + 1)


# A station that reports a connector 2 000 000 000 must not keep the judge busy.
MOST_CONNECTORS = 1000


def feature_profiles(trace: Trace) -> tuple[str, ...] | None:
    """SupportedFeatureProfiles as read; None where no answer of the record holds it."""
    value = first_value(trace, "SupportedFeatureProfiles")
    return None if value is None else tuple(part.strip() for part in value.split(",") if part.strip())


# Keys of the security extension, which no other station has (whitepaper, section 7).
_SECURITY_KEYS = (
    "SecurityProfile",
    "CpoName",
    "CertificateSignedMaxChainSize",
    "CertificateStoreMaxLength",
    "AdditionalRootCertificateCheck",
)


def signed_firmware_only(trace: Trace, update: Exchange[UpdateFirmware]) -> Verdict | None:
    """Not applicable: with the security extension, NotSupported is the right answer (whitepaper L01.FR.20)."""
    if update.error is None or update.error.error_code != "NotSupported":
        return None
    own = next((r for key in _SECURITY_KEYS for r in key_readings(trace, key) if r.item is not None), None)
    if own is None:
        return None
    return not_applicable(
        "the station takes signed firmware only, as its security extension asks: TC_080 tries that",
        (*update.evidence, own.exchange.n, own.n),
        seen=f"{answer_to(update)}; it has the key {own.key}",
    )


_UNSUPPORTED = ("NotImplemented", "NotSupported")


def not_offered(trace: Trace, exchange: Exchange[Any], profile: str) -> Verdict | None:
    """Not applicable: a Call is not known to the station, and it does not name the feature profile of it."""
    if exchange.error is None or exchange.error.error_code not in _UNSUPPORTED:
        return None
    profiles = feature_profiles(trace)
    if profiles is None or profile in profiles:
        return None
    read = [
        reading for reading in key_readings(trace, "SupportedFeatureProfiles") if reading.item is not None
    ]
    return not_applicable(
        f"the station does not support {profile}",
        (*exchange.evidence, read[0].exchange.n, read[0].n),
        seen=f"{answer_to(exchange)}; SupportedFeatureProfiles: {', '.join(profiles)}",
    )

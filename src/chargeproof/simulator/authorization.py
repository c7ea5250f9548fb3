"""Who may charge: the local list, the cache, the central system, and the rules of a lost connection (S§3.5)."""

from typing import TYPE_CHECKING

import msgspec

from chargeproof.ocpp import (
    AuthorizationStatus,
    Authorize,
    ClearCacheConf,
    ClearCacheStatus,
    GetLocalListVersionConf,
    IdTagInfo,
    SendLocalList,
    SendLocalListConf,
    UpdateStatus,
    UpdateType,
)
from chargeproof.simulator.link import ErrorAnswered, NoAnswer, NotConnected

if TYPE_CHECKING:
    from chargeproof.simulator.station import SimulatedStation

CACHE = "authorization_cache"
LOCAL_LIST = "local_list"
LIST_VERSION = "local_list_version"
NO_LIST = -1

ACCEPTED = IdTagInfo(status=AuthorizationStatus.ACCEPTED)
INVALID = IdTagInfo(status=AuthorizationStatus.INVALID)


def same_tag(one: str, other: str) -> bool:
    """idTags are CiString20: case does not count."""
    return one.casefold() == other.casefold()


class Authorization:
    """Decides whether an idTag may charge."""

    def __init__(self, station: "SimulatedStation") -> None:
        self.station = station

    async def authorize(self, id_tag: str) -> IdTagInfo:
        """S§4.1: without asking where LocalPreAuthorize allows it, by asking, or by the rules of offline."""
        station = self.station
        if station.configuration.boolean("LocalPreAuthorize") and station.online:
            known = self.known(id_tag)
            if known is not None and known.status is AuthorizationStatus.ACCEPTED:
                return known
        if not station.online:
            return station.authorize_offline(id_tag)
        try:
            confirmation = await station.call(Authorize(id_tag=id_tag))
        except (NotConnected, NoAnswer):
            return station.authorize_offline(id_tag)
        except ErrorAnswered:
            return INVALID
        self.remember(id_tag, confirmation.id_tag_info)
        return confirmation.id_tag_info

    def offline(self, id_tag: str) -> IdTagInfo:
        """S§3.5: list before cache; unknown idTags only where AllowOfflineTxForUnknownId says so."""
        configuration = self.station.configuration
        known = self.known(id_tag)
        if known is not None:
            return known if configuration.boolean("LocalAuthorizeOffline") else INVALID
        return ACCEPTED if configuration.boolean("AllowOfflineTxForUnknownId") else INVALID

    def known(self, id_tag: str) -> IdTagInfo | None:
        """What the local list says, else what the cache says; an entry past its date is Expired."""
        entry = self._entries(LOCAL_LIST).get(id_tag.casefold()) if self.has_list() else None
        if entry is None and self.has_cache():
            entry = self._entries(CACHE).get(id_tag.casefold())
        if entry is None:
            return None
        if entry.expiry_date is not None and entry.expiry_date <= self.station.now():
            return msgspec.structs.replace(entry, status=AuthorizationStatus.EXPIRED)
        return entry

    def remember(self, id_tag: str, info: IdTagInfo) -> None:
        """Every idTagInfo that comes goes into the cache (S§3.5.1)."""
        if self.has_cache():
            self._save(CACHE, {**self._entries(CACHE), id_tag.casefold(): info})

    def same_group(self, one: str | None, other: str | None) -> bool:
        """Whether two parent idTags are the same one."""
        return one is not None and other is not None and same_tag(one, other)

    def has_cache(self) -> bool:
        return self.station.configuration.boolean("AuthorizationCacheEnabled")

    def has_list(self) -> bool:
        return self.station.configuration.boolean("LocalAuthListEnabled")

    def clear_cache(self) -> ClearCacheConf:
        if not self.has_cache():
            return ClearCacheConf(status=ClearCacheStatus.REJECTED)
        self._save(CACHE, {})
        return ClearCacheConf(status=ClearCacheStatus.ACCEPTED)

    def list_version(self) -> GetLocalListVersionConf:
        version = int(self.station.memory.get(LIST_VERSION, 0)) if self.has_list() else NO_LIST
        return GetLocalListVersionConf(list_version=version)

    def take_list(self, request: SendLocalList) -> SendLocalListConf:
        """S§5.15. All or nothing: a list that is refused leaves the old one as it was."""
        status = self._judged(request)
        if status is UpdateStatus.ACCEPTED:
            full = request.update_type is UpdateType.FULL
            entries = {} if full else self._entries(LOCAL_LIST)
            for item in request.local_authorization_list or []:
                if item.id_tag_info is None:
                    entries.pop(item.id_tag.casefold(), None)
                else:
                    entries[item.id_tag.casefold()] = item.id_tag_info
            self._save(LOCAL_LIST, entries)
            self.station.memory[LIST_VERSION] = request.list_version
        return SendLocalListConf(status=status)

    def _judged(self, request: SendLocalList) -> UpdateStatus:
        if not self.has_list():
            return UpdateStatus.NOT_SUPPORTED
        items = request.local_authorization_list or []
        configuration = self.station.configuration
        if len(items) > configuration.integer("SendLocalListMaxLength", len(items)):
            return UpdateStatus.FAILED
        if request.update_type is UpdateType.FULL:
            known = set()
            incomplete = any(item.id_tag_info is None for item in items)
        else:
            if request.list_version <= int(self.station.memory.get(LIST_VERSION, 0)):
                return UpdateStatus.VERSION_MISMATCH
            known = set(self._entries(LOCAL_LIST))
            incomplete = False
        added = {item.id_tag.casefold() for item in items if item.id_tag_info is not None}
        too_many = len(known | added) > configuration.integer("LocalAuthListMaxLength", len(known | added))
        return UpdateStatus.FAILED if incomplete or too_many else UpdateStatus.ACCEPTED

    def _entries(self, name: str) -> dict[str, IdTagInfo]:
        return msgspec.convert(self.station.memory.get(name, {}), dict[str, IdTagInfo])

    def _save(self, name: str, entries: dict[str, IdTagInfo]) -> None:
        self.station.memory[name] = msgspec.to_builtins(entries)

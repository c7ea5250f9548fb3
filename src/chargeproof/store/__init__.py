"""What is remembered: the `Store` protocol, the records it keeps, and its adapters."""

from chargeproof.store.people_sqlite import SqlitePeopleStore
from chargeproof.store.ports import DEFAULT_LIMIT, Begun, Ended, Health, Store, StoreError
from chargeproof.store.sqlite import SqliteStore

__all__ = [
    "DEFAULT_LIMIT",
    "Begun",
    "Ended",
    "Health",
    "SqlitePeopleStore",
    "SqliteStore",
    "Store",
    "StoreError",
]

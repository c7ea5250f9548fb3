"""What is remembered: the `Store` protocol, the records it keeps, and its adapters."""

from chargeproof.store.ports import DEFAULT_LIMIT, Begun, Ended, Health, Store, StoreError
from chargeproof.store.sqlite import SqliteStore

__all__ = ["DEFAULT_LIMIT", "Begun", "Ended", "Health", "SqliteStore", "Store", "StoreError"]

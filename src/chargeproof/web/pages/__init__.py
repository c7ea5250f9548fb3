"""The pages of the console: one file per page; `page.py` says how a further one is made."""

from typing import Any

from litestar import Router

from chargeproof.web.api.events import live
from chargeproof.web.pages.door import DOOR_HANDLERS
from chargeproof.web.pages.errors import PAGE_EXCEPTION_HANDLERS
from chargeproof.web.pages.files import FILE_PAGE_HANDLERS
from chargeproof.web.pages.id_tags import ID_TAG_PAGE_HANDLERS
from chargeproof.web.pages.message import MESSAGE_HANDLERS
from chargeproof.web.pages.people import PEOPLE_PAGE_HANDLERS
from chargeproof.web.pages.runs import RUN_PAGE_HANDLERS
from chargeproof.web.pages.settings import SETTINGS_PAGE_HANDLERS
from chargeproof.web.pages.station import STATION_HANDLERS
from chargeproof.web.pages.station_security import STATION_SECURITY_HANDLERS
from chargeproof.web.pages.stations import STATIONS_HANDLERS
from chargeproof.web.pages.transactions import TRANSACTION_HANDLERS

PAGE_HANDLERS: list[Any] = [
    Router(
        "/",
        route_handlers=[
            *DOOR_HANDLERS,
            *STATIONS_HANDLERS,
            *STATION_HANDLERS,
            *STATION_SECURITY_HANDLERS,
            *MESSAGE_HANDLERS,
            *TRANSACTION_HANDLERS,
            *ID_TAG_PAGE_HANDLERS,
            *FILE_PAGE_HANDLERS,
            *PEOPLE_PAGE_HANDLERS,
            *SETTINGS_PAGE_HANDLERS,
            *RUN_PAGE_HANDLERS,
        ],
        exception_handlers=PAGE_EXCEPTION_HANDLERS,
    ),
    live,
]
"""Every page. Each file has a list that goes in here."""

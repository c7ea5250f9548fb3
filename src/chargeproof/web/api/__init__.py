"""The REST API under /api/v1: one file per resource."""

from typing import Any

from chargeproof.web.api.audit import AUDIT_HANDLERS
from chargeproof.web.api.people import PEOPLE_HANDLERS
from chargeproof.web.api.session import SESSION_HANDLERS
from chargeproof.web.api.settings import SETTINGS_HANDLERS
from chargeproof.web.api.tokens import TOKEN_HANDLERS

API_PATH = "/api/v1"

API_HANDLERS: list[Any] = [
    *SESSION_HANDLERS,
    *PEOPLE_HANDLERS,
    *TOKEN_HANDLERS,
    *AUDIT_HANDLERS,
    *SETTINGS_HANDLERS,
]
"""Every handler of the API, with paths below API_PATH. Each file of a resource has a list that goes in here."""

"""The REST API under /api/v1: one file per resource."""

from typing import Any

from chargeproof.web.api.audit import AUDIT_HANDLERS
from chargeproof.web.api.certificates import CERTIFICATE_HANDLERS
from chargeproof.web.api.charge_points import CHARGE_POINT_HANDLERS
from chargeproof.web.api.commands import COMMAND_HANDLERS
from chargeproof.web.api.configuration import CONFIGURATION_HANDLERS
from chargeproof.web.api.events import EVENT_HANDLERS
from chargeproof.web.api.files import FILE_HANDLERS
from chargeproof.web.api.id_tags import ID_TAG_HANDLERS
from chargeproof.web.api.messages import MESSAGE_HANDLERS
from chargeproof.web.api.people import PEOPLE_HANDLERS
from chargeproof.web.api.records import RECORD_HANDLERS
from chargeproof.web.api.run_reports import REPORT_HANDLERS
from chargeproof.web.api.runs import RUN_HANDLERS
from chargeproof.web.api.security import SECURITY_HANDLERS
from chargeproof.web.api.session import SESSION_HANDLERS
from chargeproof.web.api.settings import SETTINGS_HANDLERS
from chargeproof.web.api.simulated_stations import SIMULATED_STATION_HANDLERS
from chargeproof.web.api.tokens import TOKEN_HANDLERS
from chargeproof.web.api.transactions import TRANSACTION_HANDLERS

API_PATH = "/api/v1"

API_HANDLERS: list[Any] = [
    *SIMULATED_STATION_HANDLERS,
    *FILE_HANDLERS,
    *ID_TAG_HANDLERS,
    *CONFIGURATION_HANDLERS,
    *SESSION_HANDLERS,
    *PEOPLE_HANDLERS,
    *TOKEN_HANDLERS,
    *AUDIT_HANDLERS,
    *SETTINGS_HANDLERS,
    *TRANSACTION_HANDLERS,
    *MESSAGE_HANDLERS,
    *EVENT_HANDLERS,
    *COMMAND_HANDLERS,
    *CHARGE_POINT_HANDLERS,
    *SECURITY_HANDLERS,
    *CERTIFICATE_HANDLERS,
    *RUN_HANDLERS,
    *REPORT_HANDLERS,
    *RECORD_HANDLERS,
]
"""Every handler of the API, with paths below API_PATH. Each file of a resource has a list that goes in here."""

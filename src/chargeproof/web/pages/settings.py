"""`/settings`: what is in force, where it comes from and how it is changed."""

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from chargeproof.settings import DEFAULTS
from chargeproof.web.api.settings import settings_in_force
from chargeproof.web.office import Office
from chargeproof.web.pages.page import rendered
from chargeproof.web.people.roles import Role


@get("/settings", opt={"role": Role.ADMINISTRATOR}, include_in_schema=False)
async def settings_page(request: Request[Any, Any, Any], office: NamedDependency[Office]) -> Response[str]:
    settings = settings_in_force(office)
    return rendered(
        request,
        "settings.html",
        title="Settings",
        section="settings",
        styles=("upkeep.css",),
        addresses=office.addresses.known,
        groups=[
            ("Set for this installation", [each for each in settings if each.source != DEFAULTS]),
            ("As they come", [each for each in settings if each.source == DEFAULTS]),
        ],
    )


SETTINGS_PAGE_HANDLERS = [settings_page]

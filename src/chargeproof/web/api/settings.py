"""The settings in force and where each comes from."""

from litestar import get
from litestar.di import NamedDependency

from chargeproof.resources.people import Setting
from chargeproof.settings import DEFAULTS, settings_table
from chargeproof.web.api.paging import Page
from chargeproof.web.office import Office
from chargeproof.web.people.roles import Role

MASKED = "••••••••"


def settings_in_force(office: Office) -> list[Setting]:
    return [
        Setting(
            name=row.name,
            value=_shown(getattr(office.settings, row.name), secret=row.secret),
            default=row.default,
            source=office.setting_sources.get(row.name, DEFAULTS),
            secret=row.secret,
            variable=row.variable,
            takes=row.takes,
            meaning=row.meaning,
        )
        for row in settings_table()
    ]


@get(
    "/settings",
    operation_id="list_settings",
    summary="The settings in force",
    opt={"role": Role.ADMINISTRATOR},
    sync_to_thread=False,
)
def list_settings(office: NamedDependency[Office]) -> Page[Setting]:
    """They are read when the program starts."""
    return Page(items=settings_in_force(office))


def _shown(value: object, *, secret: bool) -> str:
    if secret:
        return MASKED if value else ""
    return str(value).lower() if isinstance(value, bool) else str(value)


SETTINGS_HANDLERS = [list_settings]

"""What every page is made with: `rendered` puts a template into the frame and the headers that guard it.

A further page is one file here with its handlers, one template, one module in `static/`, and one line in
`navigation.py`. Its first data go into `data`, in the words of the API; its module reads them and follows the
topics of `/live` from the numbers given with them.
"""

import json
import secrets
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.enums import MediaType

from chargeproof.web.pages.navigation import BAR, NAVIGATION, Group, Item
from chargeproof.web.people.person import Person
from chargeproof.web.rendering import environment
from chargeproof.web.static_files import STATIC, static_url

STYLE_SHEETS = ("console.css", "components.css")
LIBRARIES = {
    "preact": "vendor/preact.js",
    "preact/hooks": "vendor/preact-hooks.js",
    "htm": "vendor/htm.js",
    "@preact/signals": "vendor/signals.js",
    "@preact/signals-core": "vendor/signals-core.js",
    "uplot": "vendor/uplot.js",
}
THEMES = ("light", "dark")
THEME_COOKIE = "chargeproof_theme"
POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

_templates = environment()


@dataclass(frozen=True)
class Page:
    """What `base.html` knows as `page`. `section`: the name of the navigation's item that is current."""

    title: str
    section: str
    person: Person | None
    data: Any = None
    theme: str = ""
    extra_styles: tuple[str, ...] = ()
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(16))

    @property
    def csrf_token(self) -> str:
        return self.person.csrf_token if self.person is not None else ""

    @property
    def role(self) -> str:
        return self.person.role if self.person is not None else ""

    @property
    def navigation(self) -> list[Group]:
        """The groups of pages that this person may open."""
        return [group.for_person(self.person) for group in NAVIGATION if group.for_person(self.person).items]

    @property
    def bar(self) -> tuple[Item, ...]:
        return BAR

    @property
    def style_sheets(self) -> tuple[str, ...]:
        return STYLE_SHEETS + self.extra_styles

    @property
    def import_map(self) -> str:
        return import_map()

    @cached_property
    def data_json(self) -> str:
        """The data as JSON that may stand inside of a script element."""
        text = msgspec.json.encode(self.data).decode()
        return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def import_map() -> str:
    """Names of modules to addresses with their versions: `console/NAME.js` is `static/NAME.js`."""
    own = {f"console/{path.name}": static_url(path.name) for path in sorted(STATIC.glob("*.js"))}
    libraries = {name: static_url(file) for name, file in LIBRARIES.items()}
    return json.dumps({"imports": libraries | own}, separators=(",", ":"))


def rendered(
    request: Request[Any, Any, Any],
    template: str,
    *,
    title: str,
    section: str = "",
    data: Any = None,
    styles: tuple[str, ...] = (),
    status: int = 200,
    **context: Any,
) -> Response[str]:
    """A page as an answer. `context` is for the template; `data`, as JSON, for the page's module."""
    theme = request.cookies.get(THEME_COOKIE, "")
    page = Page(
        title=title,
        section=section,
        person=request.scope.get("user"),
        data=data,
        theme=theme if theme in THEMES else "",
        extra_styles=styles,
    )
    text = _templates.get_template(template).render(page=page, **context)
    return Response(text, media_type=MediaType.HTML, status_code=status, headers=guarding(page.nonce))


def guarding(nonce: str) -> dict[str, str]:
    """Headers of every page: nothing from elsewhere, no scripts but ours, no frames around it."""
    return {
        "content-security-policy": POLICY.format(nonce=nonce),
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "cache-control": "no-store",
    }

"""Templates of the pages: Jinja2, everything escaped unless a template says otherwise."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.template import TemplateConfig

from chargeproof import __version__
from chargeproof.resources.places import place
from chargeproof.web.static_files import static_url

TEMPLATES = Path(__file__).parent / "templates"


def environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals["static_url"] = static_url
    found.globals["place"] = place
    found.globals["version"] = __version__
    return found


def template_config() -> TemplateConfig[JinjaTemplateEngine]:
    return TemplateConfig(instance=JinjaTemplateEngine.from_environment(environment()))

"""`/station-files`: firmware for stations, and what stations fetched and left."""

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from chargeproof.web.api.files import list_file_jobs, list_firmware_files
from chargeproof.web.office import Office
from chargeproof.web.pages.page import rendered
from chargeproof.web.people.roles import Role


def file_places(office: Office) -> dict[str, str]:
    """Where stations fetch and leave files, by scheme; "" where that is not served."""
    known = office.addresses.known
    return {"http": known.web, "ftp": known.ftp, "ftps": known.ftps}


@get("/station-files", opt={"role": Role.VIEWER}, include_in_schema=False)
async def files_page(request: Request[Any, Any, Any], office: NamedDependency[Office]) -> Response[str]:
    data = {
        "firmware": await list_firmware_files.fn(office),
        "jobs": await list_file_jobs.fn(office),
        "places": file_places(office),
    }
    return rendered(
        request,
        "drawn.html",
        title="Files",
        section="files",
        data=data,
        styles=("upkeep.css",),
        page_module="files.js",
    )


FILE_PAGE_HANDLERS = [files_page]

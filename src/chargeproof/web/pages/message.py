"""`/stations/{id}/messages/{number}`: one message, at an address that can be sent to the station's builder."""

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from chargeproof.store.queries import MessageFilter
from chargeproof.web.api.messages import Number, get_message
from chargeproof.web.api.parameters import StationId
from chargeproof.web.office import Office
from chargeproof.web.pages.page import rendered
from chargeproof.web.pages.station import STYLES, words_of_rules
from chargeproof.web.people.roles import Role
from chargeproof.web.rows.messages import message_of

AROUND = 12


@get(
    "/stations/{charge_point_id:str}/messages/{number:int}",
    opt={"role": Role.VIEWER},
    include_in_schema=False,
)
async def message_page(
    request: Request[Any, Any, Any],
    charge_point_id: StationId,
    number: Number,
    office: NamedDependency[Office],
) -> Response[str]:
    message = await get_message.fn(charge_point_id, number, office)
    before = await office.queries.messages(
        MessageFilter(charge_point_id=charge_point_id), before=number, limit=AROUND
    )
    after = await office.queries.messages_after(charge_point_id, number, limit=AROUND)
    around = [*reversed(before.items), *after]
    data = {
        "message": message,
        "words": words_of_rules(),
        "around": [message_of(each) for each in around],
    }
    return rendered(
        request,
        "message.html",
        title=f"{message.action or 'Malformed text'} of {charge_point_id}",
        section="stations",
        data=data,
        styles=STYLES,
        charge_point_id=charge_point_id,
        number=number,
    )


MESSAGE_HANDLERS = [message_page]

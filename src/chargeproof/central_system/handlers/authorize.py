"""Authorize (S§4.1): may this tag charge?"""

from chargeproof.central_system.incoming import Incoming
from chargeproof.ocpp import Authorize, AuthorizeConf


async def authorize(call: Incoming[Authorize]) -> AuthorizeConf:
    id_tag = call.request.id_tag
    decision = await call.services.authorization.decide(call.station.policy, id_tag)
    call.note_decision(id_tag, decision)
    return AuthorizeConf(id_tag_info=decision.info)

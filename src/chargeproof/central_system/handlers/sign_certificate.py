"""SignCertificate: the station wants a certificate; the authority decides, CertificateSigned brings it."""

from chargeproof.central_system.incoming import Incoming
from chargeproof.ocpp.security import SignCertificate, SignCertificateConf
from chargeproof.ocpp.security_enums import GenericStatus


async def sign_certificate(call: Incoming[SignCertificate]) -> SignCertificateConf:
    desk = call.services.security
    if desk is None:
        refusal = "this central system signs no certificates"
    else:
        refusal = await desk.refusal(call.station.charge_point_id, call.request.csr or "")
    if refusal:
        call.flag("certificate_refused", "$.csr", refusal)
        return SignCertificateConf(status=GenericStatus.REJECTED)
    return SignCertificateConf(status=GenericStatus.ACCEPTED)

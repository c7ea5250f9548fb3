"""DataTransfer (S§4.3): no vendor's extension is known here, and S§4.3 says how to say so."""

from chargeproof.central_system.incoming import Incoming
from chargeproof.ocpp import DataTransfer, DataTransferConf, DataTransferStatus


async def data_transfer(call: Incoming[DataTransfer]) -> DataTransferConf:
    return DataTransferConf(status=DataTransferStatus.UNKNOWN_VENDOR_ID)

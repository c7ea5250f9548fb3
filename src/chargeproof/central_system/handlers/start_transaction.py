"""StartTransaction (S§4.8): always answered with a transaction id of ours."""

from chargeproof.central_system import transactions
from chargeproof.central_system.incoming import Incoming
from chargeproof.ocpp import StartTransaction, StartTransactionConf


async def start_transaction(call: Incoming[StartTransaction]) -> StartTransactionConf:
    return await transactions.begin(call)

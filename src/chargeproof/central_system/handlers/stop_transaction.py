"""StopTransaction (S§4.10): always answered, also for transactions that nobody knows."""

from chargeproof.central_system import transactions
from chargeproof.central_system.incoming import Incoming
from chargeproof.ocpp import StopTransaction, StopTransactionConf


async def stop_transaction(call: Incoming[StopTransaction]) -> StopTransactionConf:
    return await transactions.end(call)

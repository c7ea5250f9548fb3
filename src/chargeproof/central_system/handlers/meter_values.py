"""MeterValues (S§4.7): always answered, whatever transaction they name."""

from chargeproof.central_system.incoming import Incoming
from chargeproof.central_system.metering import records_of
from chargeproof.central_system.transactions import check_transaction
from chargeproof.ocpp import MeterValues, MeterValuesConf


async def meter_values(call: Incoming[MeterValues]) -> MeterValuesConf:
    request = call.request
    records = records_of(
        call, request.meter_value, connector_id=request.connector_id, transaction_id=request.transaction_id
    )
    if records:
        call.note_time(records[-1].timestamp_text, records[-1].measured_at)
        call.values = records
    await check_transaction(call, request.transaction_id)
    return MeterValuesConf()

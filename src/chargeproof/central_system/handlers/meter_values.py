"""MeterValues (S§4.7): always answered, whatever transaction they name."""

from collections.abc import Coroutine
from typing import Any

from chargeproof.central_system.incoming import Incoming
from chargeproof.central_system.metering import records_of
from chargeproof.central_system.transactions import check_transaction
from chargeproof.ocpp import MeterValues, MeterValuesConf

CONFIRMED = MeterValuesConf()


def meter_values(call: Incoming[MeterValues]) -> MeterValuesConf | Coroutine[Any, Any, MeterValuesConf]:
    request = call.request
    transaction_id = request.transaction_id
    records = records_of(
        call, request.meter_value, connector_id=request.connector_id, transaction_id=transaction_id
    )
    if records:
        call.note_time(records[-1].timestamp_text, records[-1].measured_at)
        call.values = records
    if transaction_id is None or call.station.remembers_transaction(transaction_id):
        return CONFIRMED
    return _after_a_look(call, transaction_id)


async def _after_a_look(call: Incoming[MeterValues], transaction_id: int) -> MeterValuesConf:
    await check_transaction(call, transaction_id)
    return CONFIRMED

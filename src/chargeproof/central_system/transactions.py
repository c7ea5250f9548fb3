"""Transactions: the same start gets the same id and the same answer, every stop gets an answer."""

from typing import Any

import msgspec

from chargeproof.central_system.authorization import Decision, Place
from chargeproof.central_system.incoming import Incoming
from chargeproof.central_system.metering import records_of
from chargeproof.ocpp import (
    AuthorizationStatus,
    IdTagInfo,
    RegistrationStatus,
    StartTransaction,
    StartTransactionConf,
    StopTransaction,
    StopTransactionConf,
)
from chargeproof.store.records import StartRecord, StopRecord, TransactionRecord


async def begin(call: Incoming[StartTransaction]) -> StartTransactionConf:
    """Keep the start and answer it. The answer must not leave before the commit."""
    start = _start_of(call)
    call.note_time(start.started_text, start.started_at)
    store = call.services.store
    transaction = await store.find_start(start)
    repeated = transaction is not None
    if transaction is None:
        decision = await _decide_start(call, start)
        info = decision.info
        begun = await store.begin_transaction(
            msgspec.structs.replace(
                start,
                id_tag_status=info.status,
                id_tag_expires_at=info.expiry_date,
                parent_id_tag=info.parent_id_tag,
            )
        )
        transaction, repeated = begun.transaction, begun.repeated
        if not repeated:
            call.note_decision(start.id_tag, decision)
    if repeated:
        call.flag("repeated_start", value=transaction.transaction_id)
    call.station.remember_transaction(transaction.transaction_id)
    info = _info(transaction.id_tag_status, transaction)
    return StartTransactionConf(transaction_id=transaction.transaction_id, id_tag_info=info)


async def end(call: Incoming[StopTransaction]) -> StopTransactionConf:
    """Keep this copy of the stop and answer it, whatever id it names."""
    stop = _stop_of(call)
    call.note_time(stop.stopped_text, stop.stopped_at)
    if stop.id_tag:
        decision = await call.services.authorization.decide(call.station.policy, stop.id_tag)
        stop = msgspec.structs.replace(
            stop,
            id_tag_status=decision.info.status,
            id_tag_expires_at=decision.info.expiry_date,
            parent_id_tag=decision.info.parent_id_tag,
        )
    ended = await call.services.store.end_transaction(stop)
    if ended.repeated:
        call.flag("repeated_stop", "$.transactionId", stop.told_transaction_id)
    elif stop.id_tag:
        call.note_decision(stop.id_tag, decision)
    if ended.transaction is None:
        call.flag("unknown_transaction", "$.transactionId", stop.told_transaction_id)
    if not ended.repeated:
        _keep_values(call, ended.transaction)
    kept = ended.stop
    if kept.id_tag_status is None:
        return StopTransactionConf()
    return StopTransactionConf(id_tag_info=_info(kept.id_tag_status, kept))


async def check_transaction(call: Incoming[Any], transaction_id: int | None) -> None:
    """Flag a transaction id that this station was never given; None and known ones are in order."""
    if transaction_id is None or call.station.remembers_transaction(transaction_id):
        return
    transaction = await call.services.store.transaction(transaction_id) if transaction_id > 0 else None
    if transaction is None or transaction.charge_point_id != call.station.charge_point_id:
        call.flag("unknown_transaction", "$.transactionId", transaction_id)
    else:
        call.station.remember_transaction(transaction_id)


def _start_of(call: Incoming[StartTransaction]) -> StartRecord:
    request = call.request
    return StartRecord(
        charge_point_id=call.station.charge_point_id,
        connector_id=request.connector_id,
        id_tag=request.id_tag,
        meter_start_wh=request.meter_start,
        started_text=call.sent_time(),
        started_at=request.timestamp,
        start_received_at=call.received_at,
        start_unique_id=call.unique_id,
        reservation_id=request.reservation_id,
    )


def _stop_of(call: Incoming[StopTransaction]) -> StopRecord:
    request = call.request
    return StopRecord(
        charge_point_id=call.station.charge_point_id,
        told_transaction_id=request.transaction_id,
        unique_id=call.unique_id,
        stopped_text=call.sent_time(),
        stopped_at=request.timestamp,
        stop_received_at=call.received_at,
        meter_stop_wh=request.meter_stop,
        reason=request.reason,
        id_tag=request.id_tag,
    )


async def _decide_start(call: Incoming[StartTransaction], start: StartRecord) -> Decision:
    if call.station.registration in (RegistrationStatus.PENDING, RegistrationStatus.REJECTED):
        info = IdTagInfo(status=AuthorizationStatus.INVALID)
        return Decision(info, f"the station was told {call.station.registration}")
    place = Place(start.charge_point_id, start.connector_id)
    return await call.services.authorization.decide(call.station.policy, start.id_tag, starting_at=place)


def _keep_values(call: Incoming[StopTransaction], transaction: TransactionRecord | None) -> None:
    records = records_of(
        call,
        call.request.transaction_data,
        connector_id=transaction.connector_id if transaction else None,
        transaction_id=call.request.transaction_id,
    )
    call.values = records


def _info(status: str, kept: TransactionRecord | StopRecord) -> IdTagInfo:
    return IdTagInfo(
        status=AuthorizationStatus(status),
        expiry_date=kept.id_tag_expires_at,
        parent_id_tag=kept.parent_id_tag,
    )

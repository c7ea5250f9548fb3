"""The answer to each call of the central system: one method for each action, to be overridden."""

from typing import Any

from chargeproof.ocpp import (
    CallReceived,
    CancelReservation,
    CancelReservationConf,
    ChangeAvailability,
    ChangeAvailabilityConf,
    ChangeConfiguration,
    ClearCache,
    ClearCacheConf,
    ClearChargingProfile,
    ClearChargingProfileConf,
    Confirmation,
    DataTransfer,
    DataTransferConf,
    DataTransferStatus,
    ErrorCode,
    GetCompositeSchedule,
    GetCompositeScheduleConf,
    GetConfiguration,
    GetConfigurationConf,
    GetDiagnostics,
    GetDiagnosticsConf,
    GetLocalListVersion,
    GetLocalListVersionConf,
    KeyValue,
    Reason,
    RemoteStartTransaction,
    RemoteStartTransactionConf,
    RemoteStopTransaction,
    RemoteStopTransactionConf,
    ReserveNow,
    ReserveNowConf,
    Reset,
    ResetConf,
    ResetStatus,
    ResetType,
    SendLocalList,
    SendLocalListConf,
    SetChargingProfile,
    SetChargingProfileConf,
    TriggerMessage,
    TriggerMessageConf,
    UnlockConnector,
    UnlockConnectorConf,
    UpdateFirmware,
    UpdateFirmwareConf,
)
from chargeproof.ocpp.messages import Request
from chargeproof.ocpp.registry import FEATURE_PROFILES, SECURITY_EXTENSION
from chargeproof.simulator.link import Refused
from chargeproof.simulator.security_answers import SecurityAnswers

PROFILE_OF = {request.action: name for name, requests in FEATURE_PROFILES.items() for request in requests}
SECURITY_ACTIONS = frozenset(request.action for request in SECURITY_EXTENSION)


class Answers(SecurityAnswers):
    """What the station answers. A method that returns None leaves the call unanswered."""

    def answer(self, event: CallReceived) -> Confirmation | None:
        if event.suggested_error is not None:
            raise Refused(*event.suggested_error)
        self.refuse_unknown_profile(event.action)
        answered: dict[type[Request], Any] = {
            CancelReservation: self.answer_cancel_reservation,
            ChangeAvailability: self.answer_change_availability,
            ChangeConfiguration: self.answer_change_configuration,
            ClearCache: self.answer_clear_cache,
            ClearChargingProfile: self.answer_clear_charging_profile,
            DataTransfer: self.answer_data_transfer,
            GetCompositeSchedule: self.answer_get_composite_schedule,
            GetConfiguration: self.answer_get_configuration,
            GetDiagnostics: self.answer_get_diagnostics,
            GetLocalListVersion: self.answer_get_local_list_version,
            RemoteStartTransaction: self.answer_remote_start_transaction,
            RemoteStopTransaction: self.answer_remote_stop_transaction,
            ReserveNow: self.answer_reserve_now,
            Reset: self.answer_reset,
            SendLocalList: self.answer_send_local_list,
            SetChargingProfile: self.answer_set_charging_profile,
            TriggerMessage: self.answer_trigger_message,
            UnlockConnector: self.answer_unlock_connector,
            UpdateFirmware: self.answer_update_firmware,
            **self.security_answers(),
        }
        method = answered.get(type(event.request)) if event.request is not None else None
        if method is None:
            raise Refused(ErrorCode.NOT_IMPLEMENTED, f"{event.action} is not known here")
        confirmation: Confirmation | None = method(event.request)
        return confirmation

    def refuse_unknown_profile(self, action: str) -> None:
        """A feature profile that the model lacks is not known to it. Raises Refused."""
        if action in SECURITY_ACTIONS:
            self.secured()
        if PROFILE_OF.get(action, "Core") not in self.model.feature_profiles:
            raise Refused(ErrorCode.NOT_IMPLEMENTED, f"{action} is not known here")

    def answer_cancel_reservation(self, request: CancelReservation) -> CancelReservationConf | None:
        return self.reservations.cancel(request)

    def answer_change_availability(self, request: ChangeAvailability) -> ChangeAvailabilityConf | None:
        return self.availability.change(request)

    def answer_clear_cache(self, request: ClearCache) -> ClearCacheConf | None:
        return self.authorization.clear_cache()

    def answer_clear_charging_profile(self, request: ClearChargingProfile) -> ClearChargingProfileConf | None:
        return self.charging_profiles.clear(request)

    def answer_data_transfer(self, request: DataTransfer) -> DataTransferConf | None:
        return DataTransferConf(status=DataTransferStatus.UNKNOWN_VENDOR_ID)

    def answer_get_composite_schedule(self, request: GetCompositeSchedule) -> GetCompositeScheduleConf | None:
        return self.charging_profiles.composite(request)

    def answer_get_configuration(self, request: GetConfiguration) -> GetConfigurationConf | None:
        """All keys, or those asked for; names that do not exist come back as unknown (S§5.8)."""
        if not request.key:
            return GetConfigurationConf(configuration_key=self.all_keys())
        most = self.configuration.integer("GetConfigurationMaxKeys", len(request.key))
        if len(request.key) > most:
            raise Refused(
                ErrorCode.OCCURENCE_CONSTRAINT_VIOLATION, f"at most {most} keys can be asked for at once"
            )
        found = {key: self.configuration.shown(key) for key in request.key}
        return GetConfigurationConf(
            configuration_key=[shown for shown in found.values() if shown is not None] or None,
            unknown_key=[key for key, shown in found.items() if shown is None] or None,
        )

    def all_keys(self) -> list[KeyValue]:
        shown = (self.configuration.shown(key) for key in self.configuration.readable_keys())
        return [item for item in shown if item is not None]

    def answer_get_diagnostics(self, request: GetDiagnostics) -> GetDiagnosticsConf | None:
        return self.diagnostics.answer(request)

    def diagnostics_content(self, request: GetDiagnostics) -> str:
        return self.diagnostics.content(request.start_time, request.stop_time)

    def diagnostics_file_name(self) -> str:
        name = self.model.serial_number or self.charge_point_id
        return f"{name}_{self.now():%Y%m%dT%H%M%SZ}.log"

    async def upload_diagnostics(self, request: GetDiagnostics, name: str, content: bytes) -> None:
        await self.diagnostics.upload(request, name, content)

    def answer_get_local_list_version(self, request: GetLocalListVersion) -> GetLocalListVersionConf | None:
        return self.authorization.list_version()

    def answer_remote_start_transaction(
        self, request: RemoteStartTransaction
    ) -> RemoteStartTransactionConf | None:
        return self.remote_commands.start(request)

    def answer_remote_stop_transaction(
        self, request: RemoteStopTransaction
    ) -> RemoteStopTransactionConf | None:
        return self.remote_commands.stop(request)

    def answer_reserve_now(self, request: ReserveNow) -> ReserveNowConf | None:
        return self.reservations.reserve(request)

    def answer_reset(self, request: Reset) -> ResetConf | None:
        self.spawn(self.reset(request.type), f"{request.type.value} reset")
        return ResetConf(status=ResetStatus.ACCEPTED)

    async def reset(self, kind: ResetType) -> None:
        """What an accepted reset does."""
        await self.remote_commands.reset(kind)

    def stop_for_reset(self, reason: Reason) -> None:
        """Running transactions are stopped before the restart (E3.36)."""
        for connector in self.connectors.values():
            self.end_transaction(connector, reason)

    def answer_send_local_list(self, request: SendLocalList) -> SendLocalListConf | None:
        return self.authorization.take_list(request)

    def answer_set_charging_profile(self, request: SetChargingProfile) -> SetChargingProfileConf | None:
        return self.charging_profiles.set(request)

    def answer_trigger_message(self, request: TriggerMessage) -> TriggerMessageConf | None:
        return self.remote_trigger.answer(request)

    def send_triggered(self, request: TriggerMessage) -> None:
        """The message of an accepted trigger; it leaves after the answer."""
        self.remote_trigger.send(request)

    def answer_unlock_connector(self, request: UnlockConnector) -> UnlockConnectorConf | None:
        return self.remote_commands.unlock(request)

    def answer_update_firmware(self, request: UpdateFirmware) -> UpdateFirmwareConf | None:
        security = self.model.security
        if security is not None and not security.takes_unsigned_firmware:
            raise Refused(ErrorCode.NOT_SUPPORTED, "only SignedUpdateFirmware is taken")
        self.firmware.start(request)
        return UpdateFirmwareConf()

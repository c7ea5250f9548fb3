"""What the central system can ask of the station, on one connection of the library."""

from typing import TYPE_CHECKING, Any

from tests.peers.python.library import ChargePoint, Socket, after, call_result, on

if TYPE_CHECKING:
    from tests.peers.python.station import Station

RESPONSE_TIMEOUT_S = 10.0  # real seconds


class Commands(ChargePoint):
    """Made anew for every socket; the station itself outlives it."""

    def __init__(self, station: "Station", socket: Socket) -> None:
        super().__init__(station.id, socket, response_timeout=RESPONSE_TIMEOUT_S)
        self._station = station

    @on("GetConfiguration")
    def on_get_configuration(self, key: list[str] | None = None) -> Any:
        held = self._station.configuration.keys
        asked = key or list(held)
        return call_result.GetConfiguration(
            configuration_key=[
                {"key": name, "readonly": held[name].readonly, "value": held[name].value}
                for name in asked
                if name in held
            ],
            unknown_key=[name for name in asked if name not in held],
        )

    @on("ChangeConfiguration")
    def on_change_configuration(self, key: str, value: str) -> Any:
        status = self._station.configuration.change(key, value)
        self._station.settings_changed()
        return call_result.ChangeConfiguration(status=status)

    @on("ChangeAvailability")
    def on_change_availability(self, connector_id: int, type: str) -> Any:
        return call_result.ChangeAvailability(status=self._station.answer_availability(connector_id, type))

    @after("ChangeAvailability")
    def after_change_availability(self, connector_id: int, type: str) -> None:
        self._station.change_availability(connector_id, type)

    @on("ClearCache")
    def on_clear_cache(self) -> Any:
        self._station.charging.cache.clear()
        return call_result.ClearCache(status="Accepted")

    @on("DataTransfer")
    def on_data_transfer(self, **_: Any) -> Any:
        return call_result.DataTransfer(status="UnknownVendorId")

    @on("RemoteStartTransaction")
    def on_remote_start_transaction(self, id_tag: str, connector_id: int | None = None, **_: Any) -> Any:
        free = self._station.charging.outlet_for(connector_id) is not None
        return call_result.RemoteStartTransaction(status="Accepted" if free else "Rejected")

    @after("RemoteStartTransaction")
    async def after_remote_start_transaction(
        self, id_tag: str, connector_id: int | None = None, **_: Any
    ) -> None:
        outlet = self._station.charging.outlet_for(connector_id)
        if outlet is not None:
            await self._station.charging.start_remotely(outlet, id_tag)

    @on("RemoteStopTransaction")
    def on_remote_stop_transaction(self, transaction_id: int) -> Any:
        known = self._station.charging.outlet_of(transaction_id) is not None
        return call_result.RemoteStopTransaction(status="Accepted" if known else "Rejected")

    @after("RemoteStopTransaction")
    def after_remote_stop_transaction(self, transaction_id: int) -> None:
        outlet = self._station.charging.outlet_of(transaction_id)
        if outlet is not None:
            self._station.charging.end(outlet, "Remote")

    @on("Reset")
    def on_reset(self, type: str) -> Any:
        return call_result.Reset(status="Accepted")

    @after("Reset")
    async def after_reset(self, type: str) -> None:
        await self._station.reset(type)

    @on("UnlockConnector")
    def on_unlock_connector(self, connector_id: int) -> Any:
        known = connector_id in self._station.charging.outlets
        return call_result.UnlockConnector(status="Unlocked" if known else "NotSupported")

    @after("UnlockConnector")
    def after_unlock_connector(self, connector_id: int) -> None:
        outlet = self._station.charging.outlets.get(connector_id)
        if outlet is not None and outlet.transaction is not None:
            self._station.charging.end(outlet, "UnlockCommand")

    @on("TriggerMessage")
    def on_trigger_message(self, requested_message: str, connector_id: int | None = None) -> Any:
        status = self._station.answer_trigger(requested_message, connector_id)
        return call_result.TriggerMessage(status=status)

    @after("TriggerMessage")
    async def after_trigger_message(self, requested_message: str, connector_id: int | None = None) -> None:
        if self._station.answer_trigger(requested_message, connector_id) == "Accepted":
            await self._station.send_triggered(requested_message, connector_id)

    @on("GetLocalListVersion")
    def on_get_local_list_version(self) -> Any:
        return call_result.GetLocalListVersion(list_version=self._station.list_version)

    @on("SendLocalList")
    def on_send_local_list(
        self,
        list_version: int,
        update_type: str,
        local_authorization_list: list[dict[str, Any]] | None = None,
    ) -> Any:
        held = self._station.charging.local_list
        if update_type == "Full":
            held.clear()
        for entry in local_authorization_list or ():
            if "id_tag_info" in entry:
                held[entry["id_tag"]] = entry["id_tag_info"]["status"]
            else:
                held.pop(entry["id_tag"], None)
        self._station.list_version = list_version
        return call_result.SendLocalList(status="Accepted")

    @on("GetDiagnostics")
    def on_get_diagnostics(self, location: str, **_: Any) -> Any:
        return call_result.GetDiagnostics(file_name=self._station.name_diagnostics())

    @after("GetDiagnostics")
    async def after_get_diagnostics(self, location: str, **_: Any) -> None:
        await self._station.upload_diagnostics(location)

    @on("UpdateFirmware")
    def on_update_firmware(self, location: str, retrieve_date: str, **_: Any) -> Any:
        return call_result.UpdateFirmware()

    @after("UpdateFirmware")
    async def after_update_firmware(
        self,
        location: str,
        retrieve_date: str,
        retries: int | None = None,
        retry_interval: int | None = None,
    ) -> None:
        await self._station.update_firmware(location, retrieve_date, retries or 0, retry_interval or 30)

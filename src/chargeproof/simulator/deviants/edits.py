"""How deviants misbehave on the wire: they change what a lawful station was about to send."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from chargeproof.ocpp import BootNotification, Confirmation, GetConfigurationConf, Request
from chargeproof.simulator.link import edited_payload
from chargeproof.simulator.station import SimulatedStation


class EditsCalls(SimulatedStation):
    """Changes its own messages of one kind: their payload, or all of their text."""

    kind: type[Request[Any]] = BootNotification

    def text_of_call(self, text: str, request: Request[Any]) -> str | None:
        return self.rewrite(text) if isinstance(request, self.kind) else text

    def rewrite(self, text: str) -> str:
        return edited_payload(text, self.change)

    def change(self, payload: dict[str, Any]) -> None:
        """Change the payload in place."""


class SetsFields(EditsCalls):
    """Gives fields of its own messages other values; None leaves a field out."""

    fields: Mapping[str, Any] = MappingProxyType({})

    def change(self, payload: dict[str, Any]) -> None:
        for name, value in self.fields.items():
            payload.pop(name, None)
            if value is not None:
                payload[name] = value


class EditsAnswers(SimulatedStation):
    """Changes its answers of one kind."""

    answers: type[Confirmation] = GetConfigurationConf

    def text_of_answer(self, text: str, confirmation: Confirmation) -> str | None:
        return self.rewrite_answer(text) if isinstance(confirmation, self.answers) else text

    def rewrite_answer(self, text: str) -> str:
        return edited_payload(text, self.change_answer)

    def change_answer(self, payload: dict[str, Any]) -> None:
        """Change the payload in place."""


class EditsKeys(EditsAnswers):
    """Changes one item of what GetConfiguration answers."""

    key = ""

    def change_answer(self, payload: dict[str, Any]) -> None:
        for item in payload.get("configurationKey", ()):
            if item["key"] == self.key:
                self.change_item(item)

    def change_item(self, item: dict[str, Any]) -> None:
        """Change the item in place."""


class SendsByHand(SimulatedStation):
    """Sends texts that no library would."""

    def send_by_hand(self, text: str) -> None:
        """One text as it is, if there is a connection."""
        if self.link is not None:
            self.on_text_sent(text)
            self.link.wire.send(text)

"""Deviants of the order of messages and their ids."""

import asyncio
import json
from typing import Any

from chargeproof.ocpp import (
    CallReceived,
    ChargePointStatus,
    Confirmation,
    GetConfigurationConf,
    Heartbeat,
    Request,
)
from chargeproof.simulator.connector import Connector
from chargeproof.simulator.deviants.configuration import AnswersLate
from chargeproof.simulator.deviants.edits import EditsAnswers, SendsByHand
from chargeproof.simulator.deviants.registry import deviant, near_miss
from chargeproof.simulator.ports import Wire
from chargeproof.simulator.station import SimulatedStation


@deviant("Q-transition")
class SuspendedAfterFinishing(SimulatedStation):
    """Shows SuspendedEV on its way from Finishing to Available."""

    def steps_to(self, connector: Connector) -> list[ChargePointStatus]:
        steps = super().steps_to(connector)
        if connector.status is ChargePointStatus.FINISHING and steps[:1] == [ChargePointStatus.AVAILABLE]:
            return [ChargePointStatus.SUSPENDED_EV, *steps]
        return steps


@near_miss("Q-transition")
class ShowsNoFinishing(SimulatedStation):
    """Goes from Charging to Available and back at once, both of which the table has."""

    def status_due(self, connector: Connector) -> ChargePointStatus:
        due = super().status_due(connector)
        return ChargePointStatus.AVAILABLE if due is ChargePointStatus.FINISHING else due


class _TalksEarly(SendsByHand):
    """Says something as soon as its socket is open."""

    async def on_opened(self) -> None:
        if self.may_talk():
            self.send_by_hand('[2,"early","Heartbeat",{}]')
        await super().on_opened()

    def may_talk(self) -> bool:
        raise NotImplementedError


@deviant("Q-before-boot")
class BeatsBeforeItsBoot(_TalksEarly):
    """Sends a Heartbeat before its BootNotification."""

    def may_talk(self) -> bool:
        return True


@near_miss("Q-before-boot")
class BeatsAtOnceAfterAReconnect(_TalksEarly):
    """Sends a Heartbeat as soon as it is connected again, with no BootNotification."""

    def may_talk(self) -> bool:
        return self.registration is not None


class _SlowToAnswer(SendsByHand):
    """Sends heartbeats by hand while another message is on its way."""

    async def call_as(self, unique_id: str, request: Request[Any]) -> Any:
        asyncio.get_running_loop().call_soon(self.on_call_sent, request)
        return await super().call_as(unique_id, request)

    def on_call_sent(self, request: Request[Any]) -> None:
        raise NotImplementedError


@deviant("Q-two-calls")
class DoesNotWaitForTheAnswer(_SlowToAnswer):
    """Sends a Heartbeat while a StatusNotification is not answered yet."""

    beats = 0

    def on_call_sent(self, request: Request[Any]) -> None:
        if request.action == "StatusNotification":
            self.beats += 1
            self.send_by_hand(f'[2,"beat-{self.beats}","Heartbeat",{{}}]')


@near_miss("Q-two-calls")
class TalksWhileItIsAsked(AnswersLate):
    """Sends messages of its own while a question of the central system waits for its answer."""

    action, delay_s = "GetConfiguration", 10.0

    def answer(self, event: CallReceived) -> Any:
        if event.action == self.action and self.online:
            self.outbox.post(Heartbeat())
        return super().answer(event)


@deviant("Q-stray-answer")
class AnswersWhatNobodyAsked(SendsByHand):
    """Answers a call that was never sent."""

    def on_connected(self) -> None:
        super().on_connected()
        self.send_by_hand('[3,"never-asked",{"status":"Accepted"}]')


@near_miss("Q-stray-answer")
class AnswersAfterTheTimeOut(AnswersLate):
    """Answers ClearCache when nobody waits for it any more."""

    action, delay_s = "ClearCache", 35.0


class _AnswersByHand(SendsByHand, EditsAnswers):
    """Does something about its answers to GetConfiguration."""

    answers = GetConfigurationConf


@deviant("Q-answered-twice")
class AnswersTwice(_AnswersByHand):
    """Sends each answer to GetConfiguration twice."""

    def rewrite_answer(self, text: str) -> str:
        asyncio.get_running_loop().call_soon(self.send_by_hand, text)
        return text


@near_miss("Q-answered-twice")
class AnswersAllTheSame(EditsAnswers):
    """Gives every answer with the same payload, each under the id of its call."""

    answers = GetConfigurationConf

    def text_of_answer(self, text: str, confirmation: Confirmation) -> str | None:
        return text.replace('"status":', ' "status": ')


@deviant("Q-id-reused")
class UsesAnIdForTwoMessages(SendsByHand):
    """Sends a Heartbeat and a DataTransfer under the same id."""

    def on_connected(self) -> None:
        super().on_connected()
        self.send_by_hand('[2,"same","Heartbeat",{}]')
        self.send_by_hand('[2,"same","DataTransfer",{"vendorId":"org.example"}]')


@near_miss("Q-id-reused")
class CountsFromOneOnEachSocket(SimulatedStation):
    """Numbers its messages, from 1 on each socket."""

    number = 0

    def next_unique_id(self) -> str:
        self.number += 1
        return str(self.number)

    async def talk(self, wire: Wire) -> None:
        self.number = 0
        await super().talk(wire)


@deviant("Q-role")
class PlaysTheCentralSystem(SendsByHand):
    """Sends a Reset to the central system."""

    text = '[2,"role-1","Reset",{"type":"Soft"}]'

    def on_connected(self) -> None:
        super().on_connected()
        self.send_by_hand(self.text)


@near_miss("Q-role")
class SendsWhatBothMaySend(PlaysTheCentralSystem):
    """Sends a DataTransfer, which both sides may send."""

    text = json.dumps([2, "role-1", "DataTransfer", {"vendorId": "org.example"}])

"""Those who are asked to take over: the local team says yes, the Child Protection Board has no room."""

from collections.abc import Awaitable, Callable, Mapping

from hub.canonical.codes import RefusalReason
from hub.partner.messages import Received
from hub.simulator.reporters import Reporter
from hub.simulator.stage import Line, Stage, short

OFFER = "overdrachten.aanbod"


class LocalTeam:
    """Accepts every offer: the yes names the hash of exactly the offer it got."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    @property
    def actions(self) -> Mapping[str, Callable[[Line], Awaitable[None]]]:
        return {}

    async def on(self, message: Received) -> None:
        if short(message.type) == OFFER:
            handover, function = message.data["overdracht"], "Teamleider lokaal team"
            yes = {"overdracht": handover, "functie": function, "aanbodHash": message.sha256}
            event = message.event
            await self.stage.ask("overdrachten.aanvaard", yes, event.urgentie, event.correlationid, message.id)


class ChildProtection(Reporter):
    """Reports too; refuses every offer, with a code."""

    async def on(self, message: Received) -> None:
        if short(message.type) == OFFER:
            no = {"overdracht": message.data["overdracht"], "code": RefusalReason.CAPACITY.value}
            event = message.event
            await self.stage.ask("overdrachten.geweigerd", no, event.urgentie, event.correlationid, message.id)

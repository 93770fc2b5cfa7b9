"""Veilig Thuis, the triage: records every report, assesses it, and follows the plan for its kind."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from hub.canonical.codes import Lane, Outcome, ReceivingParty
from hub.canonical.partners import Role
from hub.partner.messages import Received
from hub.schemas.samples import sample
from hub.simulator.reporters import BACKLOG
from hub.simulator.stage import Line, Stage, short


@dataclass(frozen=True, slots=True)
class Plan:
    """What the triage makes of a report: the outcome, and with `overdracht` to whom."""

    outcome: Outcome
    to: Role | None = None
    party: ReceivingParty | None = None
    closes: bool = False


ACUTE = Plan(Outcome.RESEARCH)
PLANS = {
    "meldingen.zorgmelding": Plan(Outcome.HANDOVER, Role.LOCAL_TEAM, ReceivingParty.LOCAL_FIELD),
    "meldingen.strafrechtelijk-bericht": Plan(Outcome.HANDOVER, Role.CHILD_PROTECTION, ReceivingParty.CHILD_PROTECTION),
    "meldingen.raadsbericht": Plan(Outcome.RESEARCH),
    "meldingen.reclasseringssignaal": Plan(Outcome.NO_FOLLOW_UP, closes=True),
}


@dataclass(frozen=True, slots=True)
class Presented:
    """One report as the triage got it: its number, its case, and the message that brought it."""

    report: str
    case: UUID | None
    lane: Lane
    message: UUID
    quiet: bool


class Triage:
    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    @property
    def actions(self) -> Mapping[str, Callable[[Line], Awaitable[None]]]:
        return {"stand": self.stand}

    async def stand(self, command: Line) -> None:
        """Ask who holds `case`."""
        await self.stage.ask("zaken.standvraag", {}, case=UUID(command["case"]))

    async def on(self, message: Received) -> None:
        if short(message.type) == "triage.melding-aangeboden":
            presented = _presented(message)
            plan = ACUTE if presented.lane is Lane.ACUTE else PLANS.get(short(message.data["melding"]["soort"]))
            await self._follow(presented, plan)

    def is_quiet(self, message: Received) -> bool:
        return short(message.type) == "triage.melding-aangeboden" and _presented(message).quiet

    async def _follow(self, presented: Presented, plan: Plan | None) -> None:
        """Each step when the one before it has its receipt; a backlog is recorded and no more."""
        recorded = await self._step("triage.melding-vastgelegd", {"melding": presented.report}, presented)
        if recorded is None or plan is None or presented.quiet:
            return
        assessed = await self._step("triage.veiligheidsbeoordeling", _assessment(presented, plan), presented, recorded)
        if assessed is not None and plan.to is not None:
            await self._step("overdrachten.aanbod", self._offer(plan), presented, assessed)
        if assessed is not None and plan.closes:
            closing = sample("triage.zaak-gesloten") | {"reden": "geen-vervolg"}
            await self._step("triage.zaak-gesloten", closing, presented, assessed)

    async def _step(
        self, name: str, data: dict[str, Any], presented: Presented, cause: UUID | None = None
    ) -> UUID | None:
        """One step on the case; its id if it was accepted."""
        id_, answer = await self.stage.ask(
            name, data, presented.lane, presented.case, cause or presented.message, quiet=presented.quiet
        )
        return id_ if answer is not None and answer.accepted else None

    def _offer(self, plan: Plan) -> dict[str, Any]:
        assert plan.to is not None
        assert plan.party is not None
        offer = sample("overdrachten.aanbod")
        del offer["antwoordVoor"]
        named = {"overdracht": str(self.stage.tools.new_id()), "kandidaten": [self.stage.addresses[plan.to]]}
        return offer | named | {"soort": plan.party.value}


def _presented(message: Received) -> Presented:
    report = message.data["melding"]
    quiet = str(report["inhoud"].get("kenmerk", "")).startswith(BACKLOG)
    return Presented(report["nummer"], message.event.correlationid, message.event.urgentie, message.id, quiet)


def _assessment(presented: Presented, plan: Plan) -> dict[str, Any]:
    data = sample("triage.veiligheidsbeoordeling")
    del data["ontvangendePartijen"]
    told = {"melding": presented.report, "uitkomst": plan.outcome.value}
    parties = {"ontvangendePartijen": [plan.party.value]} if plan.party is not None else {}
    return data | told | {"acuteOnveiligheid": presented.lane is Lane.ACUTE} | parties

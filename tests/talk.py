"""What partners usually say to each other, in one line each, over a `Kit`."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from hub.canonical.acts import Act
from hub.canonical.partners import Role
from hub.lanes.database import Patient
from hub.lanes.health import Health
from hub.lanes.operator import discard
from hub.lanes.timers import Timers
from hub.ports import Changes, OutboxRow
from hub.routing.limits import Backoff, PerLane
from hub.schemas.samples import sample
from hub.upkeep.rounds import Rounds
from tests.kit import Kit, Told

RECEIPT = "verwerking.ontvangstbevestiging"
REFUSAL = "verwerking.foutmelding"
DELAYED = "verwerking.vertraagd"
REPORT = "meldingen.zorgmelding"
PRESENTED = "triage.melding-aangeboden"
RECORDED = "triage.melding-vastgelegd"
ASSESSED = "triage.veiligheidsbeoordeling"
CLOSED = "triage.zaak-gesloten"
OFFER = "overdrachten.aanbod"
YES = "overdrachten.aanvaard"
NO = "overdrachten.geweigerd"
WITHDRAWN = "overdrachten.ingetrokken"
DOSSIER = "overdrachten.dossier"
PROCESSED = "verwerking.verwerkt"
STAND = "zaken.standvraag"
BOARD_NOTICE = "meldingen.raadsbericht"
CRIMINAL = "meldingen.strafrechtelijk-bericht"
PROBATION = "meldingen.reclasseringssignaal"
COINCIDENCE = "radar.samenloop"
CONTACT = "radar.contact-gelegd"
RADAR_WITHDRAWN = "radar.intrekking"
DETACHED = "triage.melding-losgemaakt"
REMINDER = "verwerking.herinnering"
ALARM = "verwerking.escalatie"

AT_ONCE = Backoff(timedelta(0), timedelta(0))
"""A message that failed is due again at once."""


@dataclass(frozen=True)
class OnCase:
    """A report on a case: what was told, and the names it goes by.

    Attributes:
        presented: the message that brought it to the triage.
    """

    told: Told
    case: UUID
    report: UUID
    presented: UUID


async def a_report(kit: Kit, name: str = "politie-test", type_: str = REPORT, **changes: Any) -> OnCase:
    told = await kit.tell(name, type_, **changes)
    seen = told.one("vt-test", PRESENTED)
    return OnCase(told, UUID(seen["correlationid"]), UUID(seen["data"]["melding"]["nummer"]), UUID(seen["id"]))


async def a_case(kit: Kit, **changes: Any) -> OnCase:
    """A case that VT holds."""
    reported = await a_report(kit, **changes)
    await kit.tell("vt-test", RECORDED, recording(reported), correlationid=reported.case)
    return reported


def family(kit: Kit) -> list[dict[str, Any]]:
    """A child, its mother, an unborn child and a suspect: of whom nobody has reported yet."""
    persons: list[dict[str, Any]] = kit.usual(REPORT)["betrokkenen"]
    return persons


def about(type_: str, *persons: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A report of this type on these people."""
    return sample(type_) | {"betrokkenen": list(persons)} | fields


def recording(reported: OnCase) -> dict[str, Any]:
    return sample(RECORDED) | {"melding": str(reported.report)}


def assessment(reported: OnCase, outcome: str = "geen-vervolg", **fields: Any) -> dict[str, Any]:
    data = sample(ASSESSED) | {"melding": str(reported.report), "uitkomst": outcome} | fields
    return {name: value for name, value in data.items() if outcome == "overdracht" or name != "ontvangendePartijen"}


KINDS = {
    Role.CHILD_PROTECTION: "rvdk",
    Role.CERTIFIED_INSTITUTION: "gecertificeerde-instelling",
    Role.VEILIG_THUIS: "veilig-thuis",
}
"""As what they take over; anybody else is offered it as a local team, whether it is one or not."""


def an_offer(kit: Kit, *candidates: str, handover: UUID | None = None) -> dict[str, Any]:
    """To these, of one kind."""
    names = candidates or ("wijkteam-test",)
    kind = KINDS.get(kit.speakers[names[0]].partner.role, "lokaal-veld")
    named = {"kandidaten": [kit.oin(name) for name in names], "soort": kind}
    return sample(OFFER) | {"overdracht": str(handover or uuid4())} | named


def a_yes(offer: dict[str, Any], made: OutboxRow | str) -> dict[str, Any]:
    hash_ = made if isinstance(made, str) else made.sha256
    return {"overdracht": offer["overdracht"], "functie": "teamleider", "aanbodHash": hash_}


def a_no(offer: dict[str, Any]) -> dict[str, Any]:
    return {"overdracht": offer["overdracht"], "code": "capaciteit"}


def processed(message: UUID | str, result: str = "opgeslagen") -> dict[str, Any]:
    return {"bericht": str(message), "resultaat": result}


def timers(kit: Kit, said: list[OutboxRow] | None = None) -> Timers:
    """The lane of time of this hub; what it has to say is added to `said`."""
    return Timers(kit.store, (said if said is not None else []).extend, kit.setting, Patient(Health()))


def upkeep(kit: Kit, said: list[OutboxRow] | None = None) -> Rounds:
    """A round of upkeep of this hub, without pauses; what it has to say is added to `said`."""
    return Rounds(kit.store, (said if said is not None else []).extend, kit.setting, apart=0.0)


def waits(routine: float, acute: float = 0.0) -> PerLane:
    """Seconds, for each lane."""
    return PerLane(timedelta(seconds=routine), timedelta(seconds=acute))


async def given_up(kit: Kit, *ids: UUID, act: Act | None = None) -> Changes:
    return await discard(ids, kit.store, kit.setting, act)

"""Every message the hub makes of a message that a partner sent with every field filled."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

from hub.adapters import Source, encode, full_part
from hub.canonical import notices as n
from hub.canonical.codes import (
    Change,
    FeedbackStep,
    MatchGround,
    MoreReason,
    NoteReason,
    Outcome,
    TableKind,
    TermUnit,
    WithdrawalReason,
)
from hub.canonical.partners import Contact, Role
from hub.canonical.terms import SAFETY_ASSESSMENT, TermRule, TermStart
from hub.ids import ActionId, CoincidenceId, HandoverId, Oin, ReportId, TableId
from hub.schemas.message import wire_type
from hub.schemas.registry import message_types
from tests.unit.schemas.filled import Filled, filled
from tests.unit.schemas.kit import Path

HUB, SENDER, OTHER = Oin("00000099500000001000"), Oin("00000099500000002000"), Oin("00000099500000003000")
NOW = datetime(2026, 3, 2, 21, 10, tzinfo=UTC)
REPORT, HANDOVER = ReportId(UUID(int=1)), HandoverId(UUID(int=2))
HIT = n.Hit(OTHER, ReportId(UUID(int=3)), (MatchGround.BSN,), True, "070 0000000")
RULE = TermRule(SAFETY_ASSESSMENT, 5, TermUnit.WORKING_DAYS, TermStart.TRIAGE_HAS_IT)

TO_HUB = {known.name: known for known in message_types().values() if known.to_hub is not None}
BUILT_OTHERWISE = {"overdrachten.aanbod", "overdrachten.aanvulling-gevraagd", "overdrachten.aanvulling-gegeven"}
PASSED_ON = [name for name, known in TO_HUB.items() if known.from_hub is not None and name not in BUILT_OTHERWISE]
REPORTS = [name for name in TO_HUB if name.startswith("meldingen.")]
ASSESSMENT, RESEARCH = "triage.veiligheidsbeoordeling", "triage.onderzoeksuitkomst"


@dataclass(frozen=True)
class Telling:
    """A message that the hub makes of another.

    Attributes:
        of: the other's type.
        place: where a path of that one stands in this one; `None` for what must not come along, whoever it names.
    """

    of: str
    body: n.Body
    place: Callable[[Path], Path | None] = lambda _: None

    def __str__(self) -> str:
        return f"{type(self.body).__name__}-{self.of}"


def only(*names: str, becoming: str = "") -> Callable[[Path], Path | None]:
    return lambda path: ((becoming, *path[1:]) if becoming else path) if path[0] in names else None


PRESENTED = [
    Telling(name, n.PresentReport(REPORT, NOW, (RULE,), (HIT,)), lambda path: ("melding", "inhoud", *path))
    for name in REPORTS
]
NOTED = [
    Telling(
        name,
        n.ReportNoted(REPORT, NOW, NoteReason.REGION_NAMED, SENDER, OTHER, Contact("dienst", "070 1111111")),
        lambda path: ("melding", "inhoud", *path),
    )
    for name in REPORTS
]
TOLD_AS_ITSELF = [Telling(name, n.PassOn(), lambda path: path) for name in PASSED_ON]
HANDOVERS = [
    Telling("overdrachten.aanbod", n.OfferMade(HANDOVER, NOW), only("soort", "minimaal")),
    Telling("overdrachten.aanbod", n.Dossier(HANDOVER), only("volledig")),
    Telling("overdrachten.aanvulling-gegeven", n.OfferSupplemented(HANDOVER, NOW), only("antwoord", "minimaal")),
    Telling("overdrachten.aanvulling-gegeven", n.Dossier(HANDOVER), only("volledig")),
    Telling("overdrachten.aanvulling-gevraagd", n.MoreAsked(HANDOVER), only("vraag")),
    Telling("overdrachten.aanvaard", n.MoreWanted(HANDOVER, MoreReason.FULL_PART_LAPSED)),
    Telling("overdrachten.aanvaard", n.OfferWithdrawn(HANDOVER, WithdrawalReason.ACCEPTED_ELSEWHERE)),
]
FEEDBACK = [
    Telling("triage.melding-vastgelegd", n.RecordedFor(REPORT), only("nummerVeiligThuis", "vastgelegdOp")),
    Telling(ASSESSMENT, n.RecordedFor(REPORT)),
    Telling(ASSESSMENT, n.OfferBack(HANDOVER, OTHER, NOW)),
    Telling(ASSESSMENT, n.StepsTaken(REPORT, FeedbackStep.ASSESSED, Outcome.HANDOVER), only("besluitOp")),
    Telling(RESEARCH, n.StepsTaken(REPORT, FeedbackStep.RESEARCHED), only("afgerondOp", becoming="besluitOp")),
]
OF_ITSELF: list[n.Body] = [
    n.Coincidence(CoincidenceId(UUID(int=4)), REPORT, (HIT,)),
    n.Stand("open", OTHER, 1, (n.OpenStep("overdrachten.aanvaard", OTHER, HANDOVER),), ()),
    n.TableStand(
        TableId(UUID(int=5)),
        TableKind.ACTION,
        NOW,
        (n.Seat(OTHER, None, False),),
        (n.ActionStand(ActionId(UUID(int=6)), OTHER, False),),
    ),
    n.Reminder("onderzoek", "triage.onderzoeksuitkomst", REPORT, NOW),
    n.Changed(TableId(UUID(int=5)), Change.MOVED),
    n.Escalation("onderzoek", "triage.onderzoeksuitkomst", REPORT, NOW, (OTHER,), 1, Contact("dienst", "070 1111111")),
]
SAID_BY_THE_HUB = [Telling(name, body) for name in (REPORTS[0], "actieoverleg.aanmelding") for body in OF_ITSELF]
TELLINGS = [*PRESENTED, *NOTED, *TOLD_AS_ITSELF, *HANDOVERS, *FEEDBACK, *SAID_BY_THE_HUB]


@cache
def whole(name: str) -> Filled:
    model = TO_HUB[name].to_hub
    assert model is not None
    return filled(model)


def source(telling: Telling) -> Source:
    data = whole(telling.of).data
    return Source(SENDER, wire_type(telling.of), data, full_part(data), NOW.date())


def told(telling: Telling, role: Role, to: Oin = OTHER) -> tuple[str, dict[str, Any]]:
    """The wire type and `data` for this organisation, in this role."""
    notice = n.Notice(to, telling.body, REPORT, version=1, holder=OTHER)
    return encode(notice, role, source(telling))

"""What each role is told: valid by the schema it has, and no more than it may see."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from hub.adapters import Source, encode, full_part
from hub.canonical import notices as n
from hub.canonical.codes import (
    Change,
    Contribution,
    FeedbackStep,
    MatchGround,
    MoreReason,
    Outcome,
    TableKind,
    TermUnit,
    WithdrawalReason,
)
from hub.canonical.partners import Contact, Role
from hub.canonical.terms import SAFETY_ASSESSMENT, TermRule, TermStart
from hub.errors import OurFault
from hub.ids import ActionId, CoincidenceId, HandoverId, Oin, ReportId, TableId
from hub.schemas.disclosure import audience
from hub.schemas.message import Direction
from hub.schemas.registry import MessageType, message_types, validate
from hub.schemas.samples import (
    ACTION_ID,
    COINCIDENCE_ID,
    HANDOVER_ID,
    OIN_BOARD,
    OIN_TEAM,
    OIN_TRIAGE,
    REPORT_ID,
    TABLE_ID,
)
from tests.unit.adapters.kit import NOW, ROLES, SENDER, said

TO = Oin(OIN_TEAM)
HANDOVER = HandoverId(UUID(HANDOVER_ID))
REPORT = ReportId(UUID(REPORT_ID))
RULE = TermRule(SAFETY_ASSESSMENT, 5, TermUnit.WORKING_DAYS, TermStart.TRIAGE_HAS_IT)
REPORTS = [
    "zorgmelding", "huisverbod", "strafrechtelijk-bericht", "raadsbericht", "reclasseringssignaal",
    "professionele-melding",
]  # fmt: skip
WORDS_OF_THE_HUB = {"overdrachten.aanbod", "overdrachten.aanvulling-gevraagd", "overdrachten.aanvulling-gegeven"}
"""Said by partners too, but never passed on as they said it."""
PASSED_ON = [
    (known, role)
    for known in message_types().values()
    if known.to_hub and known.from_hub and known.name not in WORDS_OF_THE_HUB
    for role in Role
    if role in audience(known.to_hub)
]
HITS = (
    n.Hit(TO, REPORT, (MatchGround.BSN, MatchGround.ADDRESS), sure=True, phone="070 0000000"),
    n.Hit(SENDER, REPORT, (MatchGround.ADDRESS,), sure=False),
)
HITS_ON_THE_WIRE = [
    {
        "organisatie": OIN_TEAM,
        "referentie": REPORT_ID,
        "gronden": ["bsn", "adres"],
        "zelfdePersoon": True,
        "telefoon": "070 0000000",
    },
    {"organisatie": SENDER, "referentie": REPORT_ID, "gronden": ["adres"], "zelfdePersoon": False},
]
OF_THE_HUB = [
    (
        n.Coincidence(CoincidenceId(UUID(COINCIDENCE_ID)), REPORT, HITS),
        "radar.samenloop",
        {"samenloop": COINCIDENCE_ID, "melding": REPORT_ID, "meldingen": HITS_ON_THE_WIRE},
    ),
    (
        n.MoreWanted(HANDOVER, MoreReason.FULL_PART_LAPSED),
        "overdrachten.aanvulling-gevraagd",
        {"overdracht": HANDOVER_ID, "reden": "volledig-deel-vervallen"},
    ),
    (
        n.Reminder("antwoord-aanbod", "overdrachten.aanvaard", HANDOVER, NOW),
        "verwerking.herinnering",
        {
            "termijn": "antwoord-aanbod",
            "stap": "overdrachten.aanvaard",
            "over": HANDOVER_ID,
            "uiterlijk": "2026-03-02T21:10:00Z",
        },
    ),
    (
        n.Escalation(
            "antwoord-aanbod", "overdrachten.aanvaard", HANDOVER, NOW, (TO,), 2, Contact("Bureaudienst", "070 0000001")
        ),
        "verwerking.escalatie",
        {
            "termijn": "antwoord-aanbod",
            "stap": "overdrachten.aanvaard",
            "over": HANDOVER_ID,
            "uiterlijk": "2026-03-02T21:10:00Z",
            "door": [OIN_TEAM],
            "ronde": 2,
            "aanspreekpunt": {"functie": "Bureaudienst", "telefoon": "070 0000001"},
        },
    ),
    (
        n.Changed(TableId(UUID(TABLE_ID)), Change.ENDED),
        "zaken.wijziging",
        {"over": TABLE_ID, "wijziging": "vervallen"},
    ),
    (
        n.TableStand(
            TableId(UUID(TABLE_ID)),
            TableKind.MDA,
            NOW,
            (
                n.Seat(TO, Contribution.NOTHING_KNOWN, missing=False),
                n.Seat(Oin(OIN_BOARD), None, missing=True),
                n.Seat(Oin(OIN_TRIAGE), None, missing=False),
            ),
            (n.ActionStand(ActionId(UUID(ACTION_ID)), TO, accepted=True),),
        ),
        "actieoverleg.stand",
        {
            "overleg": TABLE_ID,
            "soort": "mda-plus-plus",
            "antwoordVoor": "2026-03-02T21:10:00Z",
            "deelnemers": [
                {"partij": OIN_TEAM, "stand": "niets-bekend"},
                {"partij": OIN_BOARD, "stand": "ontbreekt"},
                {"partij": OIN_TRIAGE, "stand": "wacht"},
            ],
            "afspraken": [{"afspraak": ACTION_ID, "verantwoordelijke": OIN_TEAM, "aanvaard": True}],
        },
    ),
]
"""What the hub says of itself: no message is needed for it, and every role hears the same."""
STAND = n.Stand(
    "open",
    Oin(OIN_TRIAGE),
    4,
    (n.OpenStep("overdrachten.aanvaard", TO, HANDOVER),),
    (
        n.RunningTerm("antwoord-aanbod", 3, "werkdagen", HANDOVER, NOW, overdue=True),
        n.RunningTerm(SAFETY_ASSESSMENT, 5, "werkdagen", REPORT, None, overdue=False),
    ),
)


def source(name: str, full: dict[str, Any] | None = None, **other: Any) -> Source:
    event, data = said(name, **other)
    return Source(event.sender, event.type, data, full)


def told(
    body: n.Body, name: str, role: Role, full: dict[str, Any] | None = None, **other: Any
) -> tuple[str, dict[str, Any]]:
    """What a recipient of this role hears of a message, checked by the schema it has."""
    notice = n.Notice(TO, body, UUID(REPORT_ID), version=4, holder=Oin(OIN_TRIAGE))
    type_, answer = encode(notice, role, source(name, full, **other))
    validate(type_, answer, Direction.FROM_HUB)
    assert (answer["zaakversie"], answer["houder"]) == (4, OIN_TRIAGE)
    return type_, {key: value for key, value in answer.items() if key not in ("zaakversie", "houder")}


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_reaches_the_triage_whole_with_its_number_and_its_terms(name: str) -> None:
    type_, data = told(n.PresentReport(REPORT, NOW, (RULE,), HITS), f"meldingen.{name}", Role.VEILIG_THUIS)
    assert type_ == "nl.ketenhub.triage.melding-aangeboden.v1"
    report = data["melding"]
    assert (report["nummer"], report["ontvangenOp"]) == (REPORT_ID, "2026-03-02T21:10:00Z")
    assert (report["afzender"], report["soort"]) == (SENDER, f"nl.ketenhub.meldingen.{name}.v1")
    validate(report["soort"], report["inhoud"], Direction.FROM_HUB)
    assert report["inhoud"]["betrokkenen"][0]["naam"]["achternaam"]
    assert data["radar"] == HITS_ON_THE_WIRE
    assert data["termijnen"] == [
        {"naam": SAFETY_ASSESSMENT, "lengte": 5, "eenheid": "werkdagen", "start": "verwerkt-of-vastgelegd"}
    ]


@pytest.mark.parametrize(("known", "role"), PASSED_ON, ids=lambda value: getattr(value, "name", value))
def test_a_message_is_passed_on_under_its_own_type_to_whoever_may_see_it(known: MessageType, role: Role) -> None:
    type_, _ = told(n.PassOn(), known.name, role)
    assert type_ == known.wire


def test_the_holder_hears_of_a_release_without_a_person_in_it() -> None:
    _, data = told(n.PassOn(), "meldingen.strafrechtelijk-bericht", Role.LOCAL_TEAM, nieuwGevaar=False)
    assert set(data) == {"soort", "nieuwGevaar", "ingaandOp", "voorwaarden", "van"}
    assert data["van"] == SENDER


def test_a_notice_off_a_case_has_no_version_and_no_holder() -> None:
    notice = n.Notice(TO, n.PassOn())
    _, answer = encode(notice, Role.LOCAL_TEAM, source("triage.zaak-gesloten"))
    assert answer == {"geslotenOp": "2026-09-01", "reden": "vervolg-afgerond", "van": SENDER}


@pytest.mark.parametrize("role", ROLES)
def test_a_reporter_hears_that_its_report_is_recorded(role: Role) -> None:
    type_, data = told(n.RecordedFor(REPORT), "triage.melding-vastgelegd", role)
    assert type_ == "nl.ketenhub.triage.melding-vastgelegd.v1"
    assert data == {
        "melding": REPORT_ID,
        "nummerVeiligThuis": "ML-2026-0001",
        "vastgelegdOp": "2026-03-02T21:20:00Z",
    }


@pytest.mark.parametrize("role", ROLES)
def test_an_assessment_that_came_first_says_nothing_but_that_it_is_recorded(role: Role) -> None:
    _, data = told(n.RecordedFor(REPORT), "triage.veiligheidsbeoordeling", role)
    assert data == {"melding": REPORT_ID}


@pytest.mark.parametrize("role", ROLES)
def test_a_reporter_hears_that_the_research_is_done_and_not_what_it_found(role: Role) -> None:
    body = n.StepsTaken(REPORT, FeedbackStep.RESEARCHED)
    _, data = told(body, "triage.onderzoeksuitkomst", role)
    assert data == {
        "melding": REPORT_ID,
        "stap": "onderzocht",
        "ontvangendePartijen": ["lokaal-veld", "veilig-thuis"],
        "besluitOp": "2026-05-12",
    }


@pytest.mark.parametrize("role", ROLES)
def test_a_reporter_hears_the_steps_taken_and_nothing_more(role: Role) -> None:
    body = n.StepsTaken(REPORT, FeedbackStep.ASSESSED, Outcome.HANDOVER)
    type_, data = told(body, "triage.veiligheidsbeoordeling", role)
    assert type_ == "nl.ketenhub.terugkoppelingen.stappen.v1"
    assert data == {
        "melding": REPORT_ID,
        "stap": "beoordeeld",
        "uitkomst": "overdracht",
        "ontvangendePartijen": ["lokaal-veld"],
        "besluitOp": "2026-03-09",
    }


@pytest.mark.parametrize("role", ROLES)
def test_an_offer_shows_the_minimal_part_only(role: Role) -> None:
    answer_by = datetime(2026, 3, 5, 23, tzinfo=UTC)
    type_, data = told(n.OfferMade(HANDOVER, answer_by), "overdrachten.aanbod", role)
    assert type_ == "nl.ketenhub.overdrachten.aanbod.v1"
    assert set(data) == {"overdracht", "herkomst", "gever", "soort", "minimaal", "antwoordVoor"}
    assert (data["gever"], data["antwoordVoor"]) == (SENDER, "2026-03-05T23:00:00Z")
    assert "Verzonnen" not in json.dumps(data)


@pytest.mark.parametrize("role", ROLES)
def test_a_supplement_reaches_candidates_without_the_full_part(role: Role) -> None:
    type_, data = told(n.OfferSupplemented(HANDOVER, NOW), "overdrachten.aanvulling-gegeven", role)
    assert type_ == "nl.ketenhub.overdrachten.aanvulling-gegeven.v1"
    assert set(data) == {"overdracht", "gever", "antwoord", "minimaal", "antwoordVoor"}
    assert (data["gever"], data["antwoordVoor"]) == (SENDER, "2026-03-02T21:10:00Z")
    assert "Verzonnen" not in json.dumps(data)


@pytest.mark.parametrize("role", ROLES)
def test_the_giver_hears_what_a_candidate_asks_and_who_asks_it(role: Role) -> None:
    type_, data = told(n.MoreAsked(HANDOVER), "overdrachten.aanvulling-gevraagd", role)
    assert type_ == "nl.ketenhub.overdrachten.aanvulling-gevraagd.v1"
    assert data == {
        "overdracht": HANDOVER_ID,
        "reden": "vraag",
        "vraag": "Is er al hulp voor de ouders?",
        "van": SENDER,
    }


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("body", "name", "data"), OF_THE_HUB, ids=[name for _, name, _ in OF_THE_HUB])
def test_what_the_hub_says_of_itself_needs_no_message(
    body: n.Body, name: str, data: dict[str, Any], role: Role
) -> None:
    notice = n.Notice(TO, body, UUID(REPORT_ID), version=4)
    type_, answer = encode(notice, role, None)
    assert type_ == f"nl.ketenhub.{name}.v1"
    validate(type_, answer, Direction.FROM_HUB)
    assert answer == data | {"zaakversie": 4}


@pytest.mark.parametrize(
    "body", [n.PassOn(), n.PresentReport(REPORT, NOW, ()), n.RecordedFor(REPORT), n.MoreAsked(HANDOVER)], ids=repr
)
def test_what_speaks_of_a_message_without_one_is_our_fault(body: n.Body) -> None:
    with pytest.raises(OurFault):
        encode(n.Notice(TO, body), Role.VEILIG_THUIS, None)


def test_an_offer_back_says_who_offers_and_until_when() -> None:
    body = n.OfferBack(HANDOVER, Oin(OIN_TRIAGE), NOW)
    other = {"uitkomst": "omgezet-in-advies", "overdracht": HANDOVER_ID, "ontvangendePartijen": None}
    _, data = told(body, "triage.veiligheidsbeoordeling", Role.POLICE, **other)
    assert data == {
        "overdracht": HANDOVER_ID,
        "herkomst": "omgezet-in-advies",
        "gever": OIN_TRIAGE,
        "antwoordVoor": "2026-03-02T21:10:00Z",
    }


@pytest.mark.parametrize("reason", list(WithdrawalReason))
def test_a_candidate_hears_that_an_offer_is_withdrawn_and_why(reason: WithdrawalReason) -> None:
    type_, data = told(n.OfferWithdrawn(HANDOVER, reason), "overdrachten.aanvaard", Role.LOCAL_TEAM)
    assert type_ == "nl.ketenhub.overdrachten.ingetrokken.v1"
    assert data == {"overdracht": HANDOVER_ID, "reden": reason.value}


@pytest.mark.parametrize("role", ROLES)
def test_the_dossier_is_the_held_part_cut_to_the_receiver(role: Role) -> None:
    held = full_part(said("overdrachten.aanbod")[1])
    type_, data = told(n.Dossier(HANDOVER), "overdrachten.aanvaard", role, held)
    assert type_ == "nl.ketenhub.overdrachten.dossier.v1"
    assert held is not None
    assert set(data["volledig"]) == set(held)
    # The criminal chain has its own number; a reporter under the meldcode has no ground for either.
    sees_bsn = role not in (Role.POLICE, Role.PROSECUTION, Role.PROBATION, Role.REPORTER)
    assert ("bsn" in data["volledig"]["betrokkenen"][0]) is sees_bsn


def test_only_an_offer_has_a_full_part() -> None:
    assert full_part(said("triage.zaak-gesloten")[1]) is None


@pytest.mark.parametrize("held", [None, {}, {"situatie": "Kanariepiet"}])
def test_a_dossier_without_its_held_part_is_our_fault_and_quotes_nothing(held: dict[str, Any] | None) -> None:
    with pytest.raises(OurFault) as fault:
        told(n.Dossier(HANDOVER), "overdrachten.aanvaard", Role.LOCAL_TEAM, held)
    assert fault.value.__context__ is None
    assert "Kanariepiet" not in str(fault.value)


def test_an_offer_made_of_anything_but_an_offer_is_our_fault() -> None:
    with pytest.raises(OurFault):
        told(n.OfferMade(HANDOVER, NOW), "triage.zaak-gesloten", Role.LOCAL_TEAM)


def test_the_stand_says_who_holds_what_is_open_and_which_terms_run() -> None:
    type_, data = told(STAND, "zaken.standvraag", Role.LOCAL_TEAM)
    assert type_ == "nl.ketenhub.zaken.stand.v1"
    assert data["status"] == "open"
    assert data["openStappen"] == [{"type": "overdrachten.aanvaard", "door": OIN_TEAM, "over": HANDOVER_ID}]
    running, waiting = data["termijnen"]
    assert (running["uiterlijk"], running["verlopen"]) == ("2026-03-02T21:10:00Z", True)
    assert "uiterlijk" not in waiting


def test_the_stand_is_silent_on_the_holder_to_who_may_not_know() -> None:
    body = n.Stand("open", None, 1, (), ())
    notice = n.Notice(TO, body, UUID(REPORT_ID), version=1)
    type_, answer = encode(notice, Role.POLICE, source("zaken.standvraag"))
    validate(type_, answer, Direction.FROM_HUB)
    assert answer == {"status": "open", "zaakversie": 1, "openStappen": [], "termijnen": []}

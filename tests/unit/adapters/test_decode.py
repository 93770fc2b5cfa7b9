"""What each role's messages ask, in the hub's words."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from hub.adapters import decode
from hub.canonical import commands as c
from hub.canonical.codes import (
    Arrangement,
    Contribution,
    MonitoringResult,
    Outcome,
    RadarWithdrawal,
    ReceivingParty,
    RefusalReason,
    ResearchOutcome,
    Result,
    TableKind,
    WithdrawalReason,
)
from hub.canonical.partners import Role
from hub.errors import Code, Rejection
from hub.ids import ActionId, CoincidenceId, HandoverId, MessageId, Oin, QuestionId, ReportId, TableId
from hub.routing.decide import allow
from hub.routing.rules import RULES
from hub.schemas.actieoverleg import SEATED_AS
from hub.schemas.codes import VT_PROTOCOL
from hub.schemas.registry import message_types
from hub.schemas.samples import (
    ACTION_ID,
    COINCIDENCE_ID,
    HANDOVER_ID,
    HASH,
    MESSAGE_ID,
    OIN_BOARD,
    OIN_OTHER_TEAM,
    OIN_POLICE,
    OIN_TEAM,
    QUESTION_ID,
    REPORT_ID,
    TABLE_ID,
)
from tests.unit.adapters.kit import ROLES, said

CASE = UUID("7f0d1b5e-2c3a-4d5b-8e6f-9a0b1c2d3e04")
HANDOVER = HandoverId(UUID(HANDOVER_ID))
REPORT = ReportId(UUID(REPORT_ID))
REPORT_WITH_CHILDREN = c.Report("GM0518", minors=True)
OFFERED = c.Offer(HANDOVER, (), None, ReceivingParty.LOCAL_FIELD, "GM0518")
ASSESSED = c.Assess(
    REPORT,
    Outcome.HANDOVER,
    None,
    acute=False,
    structural=True,
    mda=False,
    parents_heard=True,
    children_heard=False,
    watched_by="lokaal-veld",
    protocol=VT_PROTOCOL,
)
ACTION = ActionId(UUID(ACTION_ID))
TABLE, QUESTION = TableId(UUID(TABLE_ID)), QuestionId(UUID(QUESTION_ID))
CUSTODY = datetime(2099, 3, 4, 16, tzinfo=UTC)
NO_PARTIES = {"ontvangendePartijen": None}


@pytest.mark.parametrize(
    ("role", "name", "other", "command"),
    [
        (Role.POLICE, "meldingen.zorgmelding", {}, REPORT_WITH_CHILDREN),
        (Role.POLICE, "meldingen.zorgmelding", {"gemeente": None}, replace(REPORT_WITH_CHILDREN, municipality=None)),
        (Role.POLICE, "meldingen.zorgmelding", {"on_case": CASE}, REPORT_WITH_CHILDREN),
        (Role.PROBATION, "meldingen.reclasseringssignaal", {"on_case": CASE}, c.Report("GM0518", minors=False)),
        (Role.PROSECUTION, "meldingen.strafrechtelijk-bericht", {"on_case": CASE}, REPORT_WITH_CHILDREN),
        (Role.PROSECUTION, "meldingen.strafrechtelijk-bericht", {"nieuwGevaar": False}, REPORT_WITH_CHILDREN),
        (
            Role.PROSECUTION,
            "meldingen.strafrechtelijk-bericht",
            {"nieuwGevaar": False, "on_case": CASE},
            c.Update("GM0518", minors=True),
        ),
        (Role.CHILD_PROTECTION, "meldingen.raadsbericht", {"on_case": CASE}, REPORT_WITH_CHILDREN),
        (Role.CHILD_PROTECTION, "meldingen.raadsbericht", {"nieuweZorgen": False}, REPORT_WITH_CHILDREN),
        (
            Role.CHILD_PROTECTION,
            "meldingen.raadsbericht",
            {"nieuweZorgen": False, "on_case": CASE, "gemeente": None},
            c.Update(None, minors=True),
        ),
        (Role.CERTIFIED_INSTITUTION, "meldingen.jeugdbeschermingsbericht", {}, c.Report("GM0518", True)),
        (
            Role.CERTIFIED_INSTITUTION,
            "meldingen.jeugdbeschermingsbericht",
            {"nieuweZorgen": False, "on_case": CASE},
            c.Update("GM0518", minors=True),
        ),
        (Role.VEILIG_THUIS, "triage.melding-vastgelegd", {}, c.Record(REPORT)),
        (Role.VEILIG_THUIS, "triage.veiligheidsbeoordeling", {}, ASSESSED),
        (
            Role.VEILIG_THUIS,
            "triage.veiligheidsbeoordeling",
            {"uitkomst": "omgezet-in-advies", "overdracht": HANDOVER_ID} | NO_PARTIES,
            replace(ASSESSED, outcome=Outcome.TURNED_INTO_ADVICE, handover=HANDOVER),
        ),
        (Role.VEILIG_THUIS, "triage.zaak-gesloten", {}, c.Close("vervolg-afgerond")),
        (
            Role.VEILIG_THUIS,
            "overdrachten.aanbod",
            {},
            replace(
                OFFERED,
                candidates=(Oin(OIN_TEAM), Oin(OIN_OTHER_TEAM)),
                answer_by=datetime(2099, 3, 12, 12, tzinfo=UTC),
            ),
        ),
        (
            Role.LOCAL_TEAM,
            "overdrachten.aanbod",
            {"antwoordVoor": None, "kandidaten": [OIN_BOARD]},
            replace(OFFERED, candidates=(Oin(OIN_BOARD),)),
        ),
        (Role.LOCAL_TEAM, "overdrachten.aanvaard", {}, c.Accept(HANDOVER, HASH)),
        (Role.REPORTER, "overdrachten.aanvaard", {}, c.Accept(HANDOVER, HASH)),
        (
            Role.CHILD_PROTECTION,
            "overdrachten.geweigerd",
            {},
            c.Refuse(HANDOVER, RefusalReason.WRONG_ADDRESSEE, Oin(OIN_TEAM)),
        ),
        (
            Role.CHILD_PROTECTION,
            "overdrachten.geweigerd",
            {"doorverwijzing": None, "code": "capaciteit"},
            c.Refuse(HANDOVER, RefusalReason.CAPACITY, None),
        ),
        (Role.VEILIG_THUIS, "overdrachten.ingetrokken", {}, c.Withdraw(HANDOVER, WithdrawalReason.SITUATION_CHANGED)),
        (Role.POLICE, "meldingen.huisverbod", {"minderjarigenBetrokken": False}, c.Report("GM0518", minors=False)),
        (Role.REPORTER, "meldingen.professionele-melding", {}, REPORT_WITH_CHILDREN),
        (Role.LOCAL_TEAM, "meldingen.professionele-melding", {}, REPORT_WITH_CHILDREN),
        (Role.VEILIG_THUIS, "triage.melding-losgemaakt", {}, c.Detach(REPORT)),
        (
            Role.VEILIG_THUIS,
            "triage.onderzoeksuitkomst",
            {},
            c.ConcludeResearch(
                (ResearchOutcome.DOMESTIC_VIOLENCE_CONFIRMED, ResearchOutcome.CHILD_ABUSE_UNCONFIRMED), VT_PROTOCOL
            ),
        ),
        (Role.VEILIG_THUIS, "overdrachten.belegd", {}, c.Arrange(Arrangement.HELP_PRESENT)),
        (
            Role.VEILIG_THUIS,
            "monitoring.vraag",
            {},
            c.AskMonitoring(QUESTION, datetime(2099, 6, 15, 16, tzinfo=UTC)),
        ),
        (Role.VEILIG_THUIS, "adviezen.advies", {}, c.GiveAdvice()),
        (Role.REPORTER, "adviezen.adviesvraag", {"gemeente": None}, c.AskAdvice(None)),
        (Role.LOCAL_TEAM, "overdrachten.aanvulling-gevraagd", {}, c.AskMore(HANDOVER)),
        (
            Role.VEILIG_THUIS,
            "overdrachten.aanvulling-gegeven",
            {},
            c.GiveMore(HANDOVER, full=True, municipality="GM0518"),
        ),
        (
            Role.LOCAL_TEAM,
            "overdrachten.aanvulling-gegeven",
            {"volledig": None, "minimaal": None},
            c.GiveMore(HANDOVER, full=False),
        ),
        (Role.LOCAL_TEAM, "overdrachten.hulp-gestart", {}, c.Start(HANDOVER)),
        (Role.LOCAL_TEAM, "overdrachten.afgerond", {}, c.Complete(HANDOVER)),
        (
            Role.PROSECUTION,
            "actieoverleg.aanmelding",
            {},
            c.OpenTable(
                TABLE,
                TableKind.ACTION,
                (Oin(OIN_POLICE), Oin(OIN_BOARD), Oin(OIN_TEAM)),
                datetime(2099, 3, 4, 10, tzinfo=UTC),
                SEATED_AS,
                CUSTODY,
            ),
        ),
        (
            Role.PROSECUTION,
            "actieoverleg.aanmelding",
            {"antwoordVoor": None, "deelnemers": [OIN_TEAM]},
            c.OpenTable(TABLE, TableKind.ACTION, (Oin(OIN_TEAM),), CUSTODY, SEATED_AS, CUSTODY),
        ),
        (Role.POLICE, "actieoverleg.inbreng", {}, c.Contribute(TABLE, Contribution.KNOWN)),
        (
            Role.PROSECUTION,
            "actieoverleg.afspraken",
            {},
            c.Agree(
                TABLE,
                (c.AgreedAction(ACTION, Oin(OIN_TEAM), datetime(2026, 3, 11, 16, tzinfo=UTC)),),
            ),
        ),
        (Role.LOCAL_TEAM, "actieoverleg.afspraak-aanvaard", {}, c.AcceptAction(TABLE, ACTION)),
        (Role.LOCAL_TEAM, "monitoring.antwoord", {}, c.AnswerMonitoring(QUESTION, MonitoringResult.CONCERNS)),
        (Role.POLICE, "radar.contact-gelegd", {}, c.ConfirmContact(CoincidenceId(UUID(COINCIDENCE_ID)))),
        (Role.POLICE, "radar.intrekking", {}, c.WithdrawFromRadar(REPORT, RadarWithdrawal.RISK_GONE)),
        (Role.POLICE, "zaken.standvraag", {}, c.AskStand()),
        (Role.POLICE, "verwerking.verwerkt", {}, c.Confirm(MessageId(UUID(MESSAGE_ID)), Result.STORED)),
    ],
)
def test_a_message_asks_this(role: Role, name: str, other: dict[str, Any], command: c.Command) -> None:
    event, data = said(name, **other)
    assert allow(event.type, role)
    assert decode(event, data) == command


def test_every_message_of_a_partner_asks_something() -> None:
    for known in message_types().values():
        if known.to_hub is not None:
            assert decode(*said(known.name)) is not None


@pytest.mark.parametrize("role", ROLES)
def test_no_role_can_say_what_is_only_another_role_s_to_say(role: Role) -> None:
    for type_, rule in RULES.items():
        if role not in rule.senders:
            with pytest.raises(Rejection) as refused:
                allow(type_, role)
            assert refused.value.reason is Code.NOT_ALLOWED


@pytest.mark.parametrize("kind", ReceivingParty)
def test_an_offer_says_as_what_a_candidate_takes_over(kind: ReceivingParty) -> None:
    event, data = said("overdrachten.aanbod", soort=kind.value)
    command = decode(event, data)

    assert isinstance(command, c.Offer)
    assert (command.kind, command.full_elsewhere) == (kind, False)


@pytest.mark.parametrize("said_so", [True, False])
def test_a_giver_may_say_that_an_acute_full_part_goes_outside_the_region(said_so: bool) -> None:
    event, data = said("overdrachten.aanbod", volledigBuitenRegio=said_so)
    command = decode(event, data)

    assert isinstance(command, c.Offer)
    assert command.full_elsewhere is said_so

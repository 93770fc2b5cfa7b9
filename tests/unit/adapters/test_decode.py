"""What each role's messages ask, in the hub's words."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from hub.adapters import ADAPTERS, decode
from hub.canonical import commands as c
from hub.canonical.codes import Outcome, RefusalReason, Result, WithdrawalReason
from hub.canonical.partners import Role
from hub.errors import Code, Rejection
from hub.ids import HandoverId, MessageId, Oin, ReportId
from hub.routing.rules import RULES
from hub.schemas.message import wire_type
from hub.schemas.registry import message_types
from hub.schemas.samples import HANDOVER_ID, HASH, MESSAGE_ID, OIN_BOARD, OIN_TEAM, REPORT_ID
from tests.unit.adapters.kit import ROLES, said

CASE = UUID("7f0d1b5e-2c3a-4d5b-8e6f-9a0b1c2d3e04")
HANDOVER = HandoverId(UUID(HANDOVER_ID))
REPORT = ReportId(UUID(REPORT_ID))
NO_PARTIES = {"ontvangendePartijen": None}


@pytest.mark.parametrize(
    ("role", "name", "other", "command"),
    [
        (Role.POLICE, "meldingen.zorgmelding", {}, c.Report("GM0518")),
        (Role.POLICE, "meldingen.zorgmelding", {"gemeente": None}, c.Report(None)),
        (Role.POLICE, "meldingen.zorgmelding", {"on_case": CASE}, c.Report("GM0518")),
        (Role.PROBATION, "meldingen.reclasseringssignaal", {"on_case": CASE}, c.Report("GM0518")),
        (Role.PROSECUTION, "meldingen.strafrechtelijk-bericht", {"on_case": CASE}, c.Report("GM0518")),
        (Role.PROSECUTION, "meldingen.strafrechtelijk-bericht", {"nieuwGevaar": False}, c.Report("GM0518")),
        (
            Role.PROSECUTION,
            "meldingen.strafrechtelijk-bericht",
            {"nieuwGevaar": False, "on_case": CASE},
            c.Update("GM0518"),
        ),
        (Role.CHILD_PROTECTION, "meldingen.raadsbericht", {"on_case": CASE}, c.Report("GM0518")),
        (Role.CHILD_PROTECTION, "meldingen.raadsbericht", {"nieuweZorgen": False}, c.Report("GM0518")),
        (
            Role.CHILD_PROTECTION,
            "meldingen.raadsbericht",
            {"nieuweZorgen": False, "on_case": CASE, "gemeente": None},
            c.Update(None),
        ),
        (Role.CERTIFIED_INSTITUTION, "meldingen.jeugdbeschermingsbericht", {}, c.Report("GM0518", True)),
        (
            Role.CERTIFIED_INSTITUTION,
            "meldingen.jeugdbeschermingsbericht",
            {"nieuweZorgen": False, "on_case": CASE},
            c.Update("GM0518"),
        ),
        (Role.VEILIG_THUIS, "triage.melding-vastgelegd", {}, c.Record(REPORT)),
        (Role.VEILIG_THUIS, "triage.veiligheidsbeoordeling", {}, c.Assess(REPORT, Outcome.HANDOVER, None)),
        (
            Role.VEILIG_THUIS,
            "triage.veiligheidsbeoordeling",
            {"uitkomst": "omgezet-in-advies", "overdracht": HANDOVER_ID} | NO_PARTIES,
            c.Assess(REPORT, Outcome.TURNED_INTO_ADVICE, HANDOVER),
        ),
        (Role.VEILIG_THUIS, "triage.zaak-gesloten", {}, c.Close()),
        (
            Role.VEILIG_THUIS,
            "overdrachten.aanbod",
            {},
            c.Offer(HANDOVER, (Oin(OIN_TEAM), Oin(OIN_BOARD)), datetime(2026, 3, 12, 12, tzinfo=UTC)),
        ),
        (
            Role.LOCAL_TEAM,
            "overdrachten.aanbod",
            {"antwoordVoor": None, "kandidaten": [OIN_BOARD]},
            c.Offer(HANDOVER, (Oin(OIN_BOARD),), None),
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
        (Role.POLICE, "zaken.standvraag", {}, c.AskStand()),
        (Role.POLICE, "verwerking.verwerkt", {}, c.Confirm(MessageId(UUID(MESSAGE_ID)), Result.STORED)),
    ],
)
def test_a_message_asks_this(role: Role, name: str, other: dict[str, Any], command: c.Command) -> None:
    event, data = said(name, **other)
    assert decode(role, event, data) == command


@pytest.mark.parametrize("role", ROLES)
def test_every_role_has_an_adapter_that_reads_all_it_may_send(role: Role) -> None:
    for type_, rule in RULES.items():
        if role in rule.senders:
            assert decode(role, *said(message_types()[type_].name)) is not None


@pytest.mark.parametrize("role", ROLES)
def test_no_role_can_say_what_is_only_another_role_s_to_say(role: Role) -> None:
    for type_, rule in RULES.items():
        if rule.senders and role not in rule.senders:
            with pytest.raises(Rejection) as refused:
                decode(role, *said(message_types()[type_].name))
            assert refused.value.reason is Code.NOT_ALLOWED


def test_there_is_an_adapter_for_every_role_and_for_nothing_else() -> None:
    assert set(ADAPTERS) == set(Role)
    assert wire_type("zaken.stand") in RULES

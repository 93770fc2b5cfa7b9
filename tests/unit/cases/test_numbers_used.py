"""Partners number handovers, tables, actions and questions themselves: none may take the number of something else.

What somebody may see is told by number: who chairs a table under the number of the case would see what the case owes.
"""

from uuid import UUID

import pytest

from hub.canonical import commands as c
from hub.canonical.codes import Outcome, TableKind
from hub.cases.states import CandidacyState, ReportState, SeatState
from hub.errors import Code
from hub.ids import ActionId, HandoverId, Oin, QuestionId, TableId
from tests.unit.cases.builders import (
    ACTION,
    CASE,
    COINCIDENCE,
    JOINED,
    OFFER,
    OM,
    POLICE,
    QUESTION,
    REPORT,
    TABLE,
    TEAM_A,
    VT,
    a_case,
    a_coincidence,
    a_context,
    a_question,
    a_report,
    a_table,
    an_action,
    an_offer,
    refusal,
)

FULL = a_case(
    holder=TEAM_A,
    reports=(a_report(), a_report(ReportState.RECORDED, number=JOINED, opened=False)),
    offers=(an_offer((TEAM_A, CandidacyState.ACCEPTED)),),
    tables=(a_table((OM, SeatState.INVITED), chair=POLICE, actions=(an_action(OM),)),),
    questions=(a_question(),),
    coincidences=(a_coincidence(told=(VT,)),),
)
"""A case with one of everything."""
TAKEN = (CASE, REPORT, OFFER, TABLE, ACTION, QUESTION, COINCIDENCE)


@pytest.mark.parametrize("taken", TAKEN, ids=["case", "report", "handover", "table", "action", "question", "radar"])
@pytest.mark.parametrize("sender", [TEAM_A, POLICE, VT], ids=["holder", "reporter", "triage"])
def test_no_number_is_that_of_something_else_on_the_case(sender: Oin, taken: UUID) -> None:
    for command in commands_of(sender, taken):
        code, _ = refusal(FULL, command, a_context(sender))
        assert code in (Code.STEP_NOT_ALLOWED, Code.SCHEMA_INVALID)


@pytest.mark.parametrize("taken", [CASE, REPORT, TABLE], ids=["case", "report", "table"])
def test_nor_is_that_of_an_offer_back(taken: UUID) -> None:
    case = a_case(tables=(a_table((OM, SeatState.INVITED)),))
    back = c.Assess(REPORT, Outcome.TURNED_INTO_ADVICE, HandoverId(taken))
    assert refusal(case, back, a_context(VT)) == (Code.STEP_NOT_ALLOWED, ("/data/overdracht",))


def commands_of(sender: Oin, number: UUID) -> tuple[c.CaseCommand, ...]:
    """What this party may send with a number of its own choice."""
    table = c.OpenTable(TableId(number), TableKind.ACTION, (OM,), None)
    if sender == TEAM_A:
        return table, c.Offer(HandoverId(number), (OM,), None)
    if sender == POLICE:
        return table, c.Agree(TABLE, (c.AgreedAction(ActionId(number), OM, None),))
    return table, c.AskMonitoring(QuestionId(number), None)

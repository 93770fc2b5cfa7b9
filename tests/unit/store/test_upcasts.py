"""Cases as a version before stored them: what they lack is read from how the hub spoke to each party."""

import json
from typing import Any
from uuid import UUID

import pytest

from hub.cases.case import Case
from hub.cases.states import ActionState
from hub.errors import Surroundings
from hub.ids import CaseId, ReportId, TableId
from hub.store.mapper import case_document, case_from, event_from
from tests.unit.cases.builders import ACTION, OM, PROBATION, RVDK, TEAM_A, VT

REPORT = {"lane": "regulier", "opened": False, "received_at": "2026-03-02T09:00:00Z", "state": "vastgelegd"}
OPENED, BOARDS, TAKEN_OUT = (str(UUID(int=number)) for number in (1, 2, 3))
OF_OM, OF_VT = (str(UUID(int=number)) for number in (11, 12))
NAMES = [CaseId(UUID(int=21)), CaseId(UUID(int=22))]
DATE = "2026-03-05T16:00:00Z"


def stored(**changes: Any) -> str:
    """Police opened it, the Board joined; OM's report was taken out, its table and its seat at another stayed."""
    police = "00000099000000000002"
    reports = {
        OPENED: REPORT | {"id": OPENED, "reporter": police, "opened": True},
        BOARDS: REPORT | {"id": BOARDS, "reporter": RVDK},
        TAKEN_OUT: REPORT | {"id": TAKEN_OUT, "reporter": OM, "state": "losgemaakt"},
    }
    seats = {OM: "uitgenodigd", RVDK: "bekend", TEAM_A: "bekend", PROBATION: "bekend"}
    action = {"id": str(ACTION), "responsible": OM, "by": None, "state": "afgesproken"}
    tables = {
        OF_OM: {"id": OF_OM, "kind": "actieoverleg", "chair": OM, "answer_by": DATE, "seats": {VT: "uitgenodigd"}},
        OF_VT: {"id": OF_VT, "kind": "actieoverleg", "chair": VT, "answer_by": DATE, "seats": seats,
                "actions": {str(ACTION): action}},
    }  # fmt: skip
    offer = {"id": str(UUID(int=31)), "giver": VT, "answer_by": DATE, "acute": False,
             "candidates": {TEAM_A: {"state": "geweigerd"}}}  # fmt: skip
    case = {
        "id": str(UUID(int=9)), "region": "haaglanden", "triage": VT, "holder": VT, "opened_at": DATE, "version": 9,
        "reports": reports, "handovers": {offer["id"]: offer}, "tables": tables, "names": [str(one) for one in NAMES],
    }  # fmt: skip
    return json.dumps({"v": 1, "case": case | changes})


def read(**changes: Any) -> Case:
    return case_from(stored(**changes))


def test_each_name_is_that_of_the_report_that_brought_it() -> None:
    reports = read().reports
    assert [reports[ReportId(UUID(one))].names for one in (OPENED, BOARDS, TAKEN_OUT)] == [(), (NAMES[0],), (NAMES[1],)]
    assert read().names == (NAMES[0],)


def test_where_reports_joined_before_there_were_names_the_newest_have_them() -> None:
    assert read(names=[str(NAMES[1])]).reports[ReportId(UUID(BOARDS))].names == ()


def test_who_was_left_by_a_report_that_was_taken_out_is_at_no_table_any_more() -> None:
    case = read()
    assert list(case.tables) == [TableId(UUID(OF_VT))]
    table = case.tables[TableId(UUID(OF_VT))]
    assert (list(table.seats), table.actions[ACTION].state) == ([RVDK, TEAM_A, PROBATION], ActionState.MOOT)
    assert (case.known_as(OM), case.sits(OM)) == (None, False)


def test_a_reporter_is_at_a_table_by_its_report_everybody_else_by_the_case() -> None:
    assert read().tables[TableId(UUID(OF_VT))].ties == {RVDK: ReportId(UUID(BOARDS))}


@pytest.mark.parametrize(("role", "known"), [("om", True), ("politie", False)])
def test_the_date_of_a_table_of_om_counts_as_its_custody_clock(role: str, known: bool) -> None:
    report = REPORT | {"id": TAKEN_OUT, "reporter": OM}
    before = json.loads(stored())["case"]["reports"]
    case = read(reports=before | {TAKEN_OUT: report}, parts={OF_OM: {OM: role}})
    assert (case.tables[TableId(UUID(OF_OM))].decision_by is not None) is known


def test_what_was_read_is_written_and_read_again_as_it_is() -> None:
    assert case_from(case_document(read())) == read()


def test_an_event_reads_as_it_was_written() -> None:
    event = {"at": DATE, "report": BOARDS, "to": str(UUID(int=9))}
    assert event_from("ReportDetached", {"v": 1, "event": event})


@pytest.mark.parametrize(
    "document",
    [
        '{"v": 99, "case": {}}',
        '{"v": 2}',
        '{"v": 2, "case": {}}',
        '{"v": 1}',
        '{"v": 1, "case": {"tables": {"a": {}}}}',
    ],
)
def test_what_is_newer_or_damaged_is_waited_for_and_breaks_nothing_else(document: str) -> None:
    with pytest.raises(Surroundings, match="damaged"):
        case_from(document)

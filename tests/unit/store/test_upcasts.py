"""Cases as a version before stored them: what they lack is read from how the hub spoke to each party."""

import json
from typing import Any
from uuid import UUID

import pytest

from hub.canonical.codes import Lane
from hub.cases import events as e
from hub.cases.case import Case
from hub.cases.evolve import evolve
from hub.cases.stand import stand_for
from hub.cases.states import ActionState
from hub.errors import Surroundings
from hub.ids import CaseId, MessageId, Oin, ReportId, TableId
from hub.store.mapper import case_document, case_from, event_from
from tests.unit.cases.builders import ACTION, JOINED, MONDAY, OM, PROBATION, RVDK, TEAM_A, VT

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


def test_of_a_report_from_before_only_the_desk_of_the_case_that_it_opened_is_known() -> None:
    reports, before = read().reports, {"desks": ["00000099000000000010"]}
    assert [read().desk_of(one) for one in reports.values()] == [VT, None, None]
    assert [read(**before).desk_of(one) for one in reports.values()] == ["00000099000000000010", None, None]
    assert {one.region for one in reports.values()} == {None}


def test_its_reporter_is_told_on_from_where_it_was_under_each_of_its_reports() -> None:
    """They were counted together: a number that was used is used no more, and from here each counts by itself."""
    case = read(told={RVDK: 7})
    again = evolve(case, e.ReportReceived(MONDAY, JOINED, Oin(RVDK), Lane.ROUTINE, opened=False, desk=VT))
    told = evolve(again, e.NoticeIssued(MONDAY, RVDK, 8, MessageId(UUID(int=5)), "", under=ReportId(UUID(BOARDS))))
    assert [case.next_version(RVDK, UUID(BOARDS)), again.next_version(RVDK, JOINED)] == [8, 1]
    assert [told.next_version(RVDK, UUID(BOARDS)), told.next_version(RVDK, JOINED)] == [9, 1]


def test_what_its_reporter_reads_of_it_says_nothing_of_the_case() -> None:
    case = read()
    police, board = Oin("00000099000000000002"), Oin(RVDK)
    stands = [stand_for(case, oin, MONDAY, named=UUID(name)) for oin, name in ((police, OPENED), (board, BOARDS))]
    assert [(one.status, one.holder, [step.by for step in one.steps]) for one in stands] == [
        ("vastgelegd", None, [VT]),
        ("vastgelegd", None, []),
    ]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("ReportReceived", {"report": BOARDS, "reporter": RVDK, "lane": "regulier", "opened": False}),
        ("NoticeIssued", {"to": RVDK, "version": 8, "message": OPENED, "sha256": ""}),
        ("ReportAttached", {"report": BOARDS, "reporter": RVDK, "lane": "regulier", "received_at": DATE,
                            "state": "vastgelegd", "outcome": None, "origin": OPENED, "told": 3}),
    ],
)  # fmt: skip
def test_events_from_before_say_of_no_desk_and_no_report_that_they_are_under(kind: str, said: dict[str, Any]) -> None:
    event = event_from(kind, {"v": 1, "event": {"at": DATE} | said})
    assert [getattr(event, name, None) for name in ("region", "desk", "under")] == [None, None, None]


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

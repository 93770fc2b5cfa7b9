"""What the version before stored is read as it was meant."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast, get_args
from uuid import UUID

import pytest

from hub.cases import events as e
from hub.cases.evolve import evolve
from hub.cases.states import CandidacyState, SeatState
from hub.errors import Surroundings
from hub.ids import HandoverId, Oin
from hub.store import kinds
from hub.store.kinds import EVENTS, NAMED
from hub.store.mapper import case_document, case_from, event_document, event_from
from tests.unit.cases.builders import OFFER, OM, REPORT, TABLE, TEAM_A, TEAM_B, VT, a_case, a_table, an_offer

SCHOOL = Oin("00000099000000000060")
OFFERED = """{"v": 1, "event": {"at": "2026-11-28T09:00:00Z", "handover": "5d1f3c52-8f0b-4d43-8f7e-0a6b9c2d4e02",
 "giver": "00000099000000000001", "candidates": ["00000099000000000060"], "answer_by": "2026-11-28T10:00:00Z",
 "acute": true, "back": false, "roles": [["00000099000000000060", "melder"]], "municipality": "GM0518",
 "ended": false}}"""


def test_an_acute_offer_of_before_has_brought_everybody_its_full_part() -> None:
    event = event_from("HandoverOffered", json.loads(OFFERED))
    id_ = HandoverId(UUID("5d1f3c52-8f0b-4d43-8f7e-0a6b9c2d4e02"))

    assert event == e.HandoverOffered(
        datetime(2026, 11, 28, 9, tzinfo=UTC),
        id_,
        VT,
        (SCHOOL,),
        datetime(2026, 11, 28, 10, tzinfo=UTC),
        acute=True,
        roles=event.roles,
        municipality="GM0518",
    )
    assert evolve(a_case(), event).handovers[id_].has_full(SCHOOL)


def test_a_case_of_before_has_nobody_who_waits_for_its_yes_to_have_the_full_part() -> None:
    offer = an_offer((TEAM_A, CandidacyState.OFFERED), (TEAM_B, CandidacyState.OFFERED), acute=True)
    case = a_case(offers=(offer,))
    document = json.loads(case_document(case))
    assert document["case"]["handovers"][str(OFFER)].pop("on_yes") == []

    found = case_from(json.dumps(document))

    assert found == case
    assert all(found.handovers[OFFER].has_full(oin) for oin in (TEAM_A, TEAM_B))


def test_a_link_of_before_says_of_no_number_that_it_is_of_two_people() -> None:
    linked = """{"v": 2, "event": {"at": "2026-11-28T09:00:00Z", "other": "5d1f3c52-8f0b-4d43-8f7e-0a6b9c2d4e02",
     "grounds": ["bsn"]}}"""
    event = event_from("CaseLinked", json.loads(linked))
    case = evolve(a_case(), event)
    document = json.loads(case_document(case))
    assert document["case"]["links"][0].pop("contradicts") == []

    assert isinstance(event, e.CaseLinked)
    assert event.contradicts == ()
    assert case_from(json.dumps(document)) == case


def test_a_case_of_before_has_tables_that_are_not_over_and_offers_and_regions_of_which_nothing_more_is_known() -> None:
    table = a_table((OM, SeatState.KNOWN))
    case = a_case(offers=(an_offer(),), tables=(table,))
    document = json.loads(case_document(case))
    of_table, of_offer = document["case"]["tables"][str(TABLE)], document["case"]["handovers"][str(OFFER)]
    assert (of_table.pop("said_at"), of_table.pop("ended"), of_offer.pop("ties")) == (None, False, {})
    assert document["case"]["reports"][str(REPORT)].pop("assumed") is None

    assert case_from(json.dumps(document)) == case


def test_a_report_and_a_table_of_before_go_along_as_they_were_written() -> None:
    """What was written of a report that was taken out, with a table: without what is known of either since."""
    attached = f"""{{"v": 2, "event": {{"at": "2026-11-28T09:00:00Z", "report": "{REPORT}", "reporter": "{OM}",
     "lane": "regulier", "received_at": "2026-11-28T09:00:00Z", "state": "vastgelegd", "outcome": null,
     "origin": "5d1f3c52-8f0b-4d43-8f7e-0a6b9c2d4e02", "tables": [{{"table": "{TABLE}", "kind": "actieoverleg",
     "chair": "{OM}", "answer_by": "2026-11-28T10:00:00Z", "seats": [["{VT}", "bekend"]]}}]}}}}"""
    event = event_from("ReportAttached", json.loads(attached))
    found = evolve(a_case(), event)

    assert (found.reports[REPORT].assumed, found.tables[TABLE].ended, found.tables[TABLE].said_at) == (
        None,
        False,
        None,
    )


def test_every_event_is_stored_under_a_name_of_its_own() -> None:
    assert {kind.of for kind in EVENTS} == set(get_args(e.Event))
    assert len(NAMED) == len(EVENTS)


def test_an_older_version_of_one_kind_is_brought_to_today_and_says_none_of_another() -> None:
    """`HelpStarted` was said to be of a `who`, say, and later of a `party`."""
    steps = (lambda one: {"party": one.pop("who"), **one}, lambda one: {"by": one.pop("party"), **one})
    kind = replace(NAMED["HelpStarted"], upcasts=steps)
    event = e.HelpStarted(datetime(2026, 11, 28, 9, tzinfo=UTC), OFFER, TEAM_A)
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(cast(dict[str, Any], NAMED), "HelpStarted", kind)
        patched.setitem(cast(dict[type, Any], kinds._OF), e.HelpStarted, kind)
        written = json.loads(event_document(event))
        assert written["version"] == 3
        assert event_from("HelpStarted", written) == event
        fields = {**written["event"]}
        fields["who"] = fields.pop("by")
        assert event_from("HelpStarted", {"v": 2, "event": fields}) == event, "where none is said it is the first"
        assert "version" not in json.loads(event_document(e.HandoverCompleted(event.at, OFFER, TEAM_A)))
    with pytest.raises(Surroundings):
        event_from("HelpStarted", written)  # for a worker of the version before


@pytest.mark.parametrize("name", ["TableAsItStood", "Event", "OfTables", ""])
def test_what_is_no_kind_of_event_is_not_read(name: str) -> None:
    with pytest.raises(Surroundings):
        event_from(name, {"v": 2, "event": {}})


def test_a_document_without_what_it_should_have_is_not_read() -> None:
    with pytest.raises(Surroundings):
        event_from("HelpStarted", {"v": 2})

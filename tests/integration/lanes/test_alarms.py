"""Terms that pass: somebody is reminded, then alarmed again and again, once each, and nothing moves by it (P4)."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from structlog.testing import capture_logs

from hub.canonical import terms as t
from hub.canonical.codes import Lane
from hub.canonical.partners import Contact
from hub.lanes import alarms
from hub.lanes.alarms import fire
from hub.ports import OutboxRow
from hub.routing.changes import set_contacts
from hub.routing.document import from_document
from hub.schemas.message import wire_type
from hub.schemas.samples import sample
from hub.store.store import PostgresStore
from hub.store.views import case_view
from hub.telemetry import LogEvent
from tests.clock import Clock
from tests.databases import one, rows
from tests.kit import Kit
from tests.talk import (
    ALARM,
    ASSESSED,
    CLOSED,
    CRIMINAL,
    NO,
    OFFER,
    RECORDED,
    REMINDER,
    REPORT,
    YES,
    OnCase,
    a_case,
    a_no,
    a_report,
    a_yes,
    about,
    an_offer,
    assessment,
    family,
    recording,
    timers,
)

A_WHILE = timedelta(minutes=1)
"""Longer than any lease."""


async def looked(kit: Kit) -> list[OutboxRow]:
    """What a look at the terms has to say."""
    said = list[OutboxRow]()
    await timers(kit, said).look()
    return said


def heard(kit: Kit, said: Sequence[OutboxRow], type_: str) -> dict[str, dict[str, Any]]:
    """By partner, what each was told; all of this type."""
    assert {row.type for row in said} <= {wire_type(type_)}
    assert len({row.partner for row in said}) == len(said)
    return {row.partner: kit.opened(row) for row in said}


async def passed(kit: Kit, clock: Clock, term: str, type_: str) -> dict[str, dict[str, Any]]:
    """The next moment of this term comes."""
    await clock.pass_next(term)
    return heard(kit, await looked(kit), type_)


async def holder_of(kit: Kit, case: UUID) -> str | None:
    view = await case_view(kit.engine, case)
    assert view is not None
    return view.case.holder


# --- what is said, and when ---------------------------------------------------------------------------------------


async def test_the_triage_is_reminded_then_alarmed_again_and_again_and_goes_on_holding(kit: Kit, clock: Clock) -> None:
    opened = await a_case(kit)

    (reminder,) = (await passed(kit, clock, t.SAFETY_ASSESSMENT, REMINDER)).values()
    assert (reminder["correlationid"], reminder["urgentie"]) == (str(opened.case), "regulier")
    assert "causationid" not in reminder
    assert reminder["data"] | {"uiterlijk": None, "zaakversie": None} == {
        "termijn": "veiligheidsbeoordeling",
        "stap": "triage.veiligheidsbeoordeling",
        "over": str(opened.report),
        "uiterlijk": None,
        "zaakversie": None,
        "houder": kit.oin("vt-test"),
    }
    for round_ in (1, 2, 3):
        (alarm,) = (await passed(kit, clock, t.SAFETY_ASSESSMENT, ALARM)).values()
        assert (alarm["data"]["ronde"], alarm["data"]["door"]) == (round_, [kit.oin("vt-test")])
        assert alarm["data"]["uiterlijk"] == reminder["data"]["uiterlijk"]
    assert await holder_of(kit, opened.case) == kit.oin("vt-test")


async def test_before_its_moment_nothing_is_said_and_at_its_moment_once(kit: Kit, clock: Clock) -> None:
    await a_case(kit)
    assert await looked(kit) == []
    await clock.pass_next(t.SAFETY_ASSESSMENT)
    assert len(await looked(kit)) == 1
    assert await looked(kit) == []
    await clock.put_ahead(A_WHILE)
    assert await looked(kit) == []


async def test_a_candidate_is_chased_and_the_giver_watches_who_does_not_answer(kit: Kit, clock: Clock) -> None:
    opened = await a_case(kit)
    offer = an_offer(kit, "wijkteam-test", "buurtteam-test")
    del offer["antwoordVoor"]
    await kit.tell("vt-test", OFFER, offer, correlationid=opened.case)
    await kit.tell("buurtteam-test", NO, a_no(offer), correlationid=opened.case)

    assert set(await passed(kit, clock, t.OFFER_ANSWER, REMINDER)) == {"wijkteam-test"}
    await clock.pass_next(t.OFFER_ANSWER)
    said = [row for row in await looked(kit) if kit.opened(row)["data"]["over"] == offer["overdracht"]]
    told = heard(kit, said, ALARM)
    assert set(told) == {"wijkteam-test", "vt-test"}
    assert {tuple(one_["data"]["door"]) for one_ in told.values()} == {(kit.oin("wijkteam-test"),)}
    assert "houder" not in told["wijkteam-test"]["data"]
    assert await holder_of(kit, opened.case) == kit.oin("vt-test")


async def test_a_yes_after_the_term_still_counts_and_ends_the_alarms(kit: Kit, clock: Clock) -> None:
    opened = await a_case(kit)
    await kit.tell("vt-test", ASSESSED, assessment(opened, "overdracht"), correlationid=opened.case)
    offer = an_offer(kit)
    del offer["antwoordVoor"]
    made = await kit.tell("vt-test", OFFER, offer, correlationid=opened.case)
    for type_ in (REMINDER, ALARM):
        await passed(kit, clock, t.OFFER_ANSWER, type_)
    yes = a_yes(offer, made.row("wijkteam-test", OFFER))
    await kit.tell("wijkteam-test", YES, yes, correlationid=opened.case)

    assert await holder_of(kit, opened.case) == kit.oin("wijkteam-test")
    await clock.put_ahead(timedelta(days=10))
    assert await looked(kit) == []


async def test_a_reporter_that_holds_until_its_report_is_recorded_watches_that(kit: Kit, clock: Clock) -> None:
    opened = await a_report(kit, urgentie=Lane.ACUTE)
    assert set(await passed(kit, clock, t.ACUTE_RECORDING, REMINDER)) == {"vt-test"}
    told = await passed(kit, clock, t.ACUTE_RECORDING, ALARM)

    assert set(told) == {"vt-test", "politie-test"}
    assert told["politie-test"]["correlationid"] == str(opened.report)
    assert await holder_of(kit, opened.case) == kit.oin("politie-test")


async def test_what_is_acute_is_chased_as_acute_and_its_contacts_are_called_in_turn(kit: Kit, clock: Clock) -> None:
    desk = [Contact("Bureaudienst", "070 0000001"), Contact("Achterwacht", "070 0000002")]
    triage = kit.speakers["vt-test"].partner.id
    await kit.change(lambda directory: set_contacts(directory, triage, desk))
    await a_report(kit, urgentie=Lane.ACUTE)
    await passed(kit, clock, t.ACUTE_RECORDING, REMINDER)

    called = []
    for _ in range(3):
        await clock.pass_next(t.ACUTE_RECORDING)
        said = await looked(kit)
        assert {row.lane for row in said} == {Lane.ACUTE}
        told = heard(kit, said, ALARM)
        assert told["vt-test"]["urgentie"] == "acuut"
        called.append(told["vt-test"]["data"]["aanspreekpunt"])
    first, second = ({"functie": one_.function, "telefoon": one_.phone} for one_ in desk)
    assert called == [first, second, first]


async def test_the_recording_ends_the_alarms_about_it(kit: Kit, clock: Clock) -> None:
    opened = await a_report(kit, urgentie=Lane.ACUTE)
    for type_ in (REMINDER, ALARM):
        await passed(kit, clock, t.ACUTE_RECORDING, type_)
    await kit.tell("vt-test", RECORDED, recording(opened), correlationid=opened.case)
    await clock.put_ahead(timedelta(hours=6))

    assert await looked(kit) == []


async def test_contact_between_reporters_is_chased_of_everybody_who_was_told(kit: Kit, clock: Clock) -> None:
    child, *_ = family(kit)
    first = await a_report(kit, data=about(REPORT, child))
    second = await a_report(kit, "om-test", CRIMINAL, data=about(CRIMINAL, child))
    await passed(kit, clock, t.CONTACT, REMINDER)
    await clock.pass_next(t.CONTACT)
    said = [row for row in await looked(kit) if kit.opened(row)["data"].get("termijn") == t.CONTACT]
    told = heard(kit, said, ALARM)

    names = {name: one_["correlationid"] for name, one_ in told.items()}
    assert names == {
        "vt-test": str(first.case),
        "politie-test": str(first.report),
        "om-test": str(second.report),
    }


async def test_the_moments_of_monitoring_ask_the_triage_to_ask_and_an_answer_that_stays_out_is_an_alarm(
    kit: Kit, clock: Clock
) -> None:
    opened = await handed_over(kit)
    (reminder,) = (await passed(kit, clock, t.MONITORING_FIRST, REMINDER)).values()
    assert (reminder["data"]["termijn"], reminder["data"]["stap"]) == (t.MONITORING_QUESTION, "monitoring.vraag")
    assert set(await passed(kit, clock, t.MONITORING_QUESTION, ALARM)) == {"vt-test", "wijkteam-test"}

    question = {"vraag": str(uuid4())}
    await kit.tell("vt-test", "monitoring.vraag", question, correlationid=opened.case)
    assert set(await passed(kit, clock, t.MONITORING_ANSWER, REMINDER)) == {"wijkteam-test"}
    late = await passed(kit, clock, t.MONITORING_ANSWER, ALARM)
    assert set(late) == {"vt-test", "wijkteam-test"}
    assert {one_["data"]["over"] for one_ in late.values()} == {question["vraag"]}
    answer = sample("monitoring.antwoord") | question
    await kit.tell("wijkteam-test", "monitoring.antwoord", answer, correlationid=opened.case)
    assert await rows(kit.engine, "select name from timer") == [{"name": t.MONITORING_SECOND}]


async def test_the_chair_of_a_joint_table_sees_who_is_missing(kit: Kit, clock: Clock) -> None:
    opened = await a_case(kit)
    await kit.tell("vt-test", ASSESSED, assessment(opened), correlationid=opened.case)
    table = sample("actieoverleg.aanmelding") | {
        "overleg": str(uuid4()),
        "deelnemers": [kit.oin("rvdk-test"), kit.oin("om-test")],
        "antwoordVoor": wire_moment(kit, timedelta(days=2)),
        "besluitVoor": wire_moment(kit, timedelta(days=3)),
    }
    await kit.tell("vt-test", "actieoverleg.aanmelding", table, correlationid=opened.case)
    said = sample("actieoverleg.inbreng") | {"overleg": table["overleg"]}
    await kit.tell("om-test", "actieoverleg.inbreng", said, correlationid=opened.case)
    await clock.put_ahead(timedelta(days=2, minutes=1))
    told = await looked(kit)

    (stand,) = [kit.opened(row) for row in told if row.type == wire_type("actieoverleg.stand")]
    assert stand["recipient"].endswith(kit.oin("vt-test"))
    assert [seat["stand"] for seat in stand["data"]["deelnemers"]] == ["ontbreekt", "bekend"]
    alarms_ = heard(kit, [row for row in told if row.type == wire_type(ALARM)], ALARM)
    assert set(alarms_) == {"rvdk-test", "vt-test"}


def wire_moment(kit: Kit, ahead: timedelta) -> str:
    return (kit.now() + ahead).strftime("%Y-%m-%dT%H:%M:%SZ")


async def handed_over(kit: Kit) -> OnCase:
    opened = await a_case(kit)
    await kit.tell("vt-test", ASSESSED, assessment(opened, "overdracht"), correlationid=opened.case)
    offer = an_offer(kit)
    made = await kit.tell("vt-test", OFFER, offer, correlationid=opened.case)
    await kit.tell("wijkteam-test", YES, a_yes(offer, made.row("wijkteam-test", OFFER)), correlationid=opened.case)
    return opened


# --- once, whoever looks ------------------------------------------------------------------------------------------


async def test_of_many_workers_that_look_at_once_each_moment_is_said_once(kit: Kit, clock: Clock) -> None:
    cases = [await a_case(kit) for _ in range(12)]
    await clock.put_ahead(timedelta(days=30))

    said = [row for some in await asyncio.gather(*(looked(kit) for _ in range(6))) for row in some]
    assert sorted(kit.opened(row)["correlationid"] for row in said) == sorted(str(one_.case) for one_ in cases)
    assert await one(kit.engine, "select count(*) from case_event where kind = 'TermEscalated'") == 12


async def test_a_timer_that_two_workers_took_is_decided_by_one_of_them(kit: Kit, clock: Clock) -> None:
    """The first was so slow that its lease ended meanwhile."""
    await a_case(kit)
    await clock.pass_next(t.SAFETY_ASSESSMENT)
    due = await kit.store.due_timers(10, 1.0)
    both = await asyncio.gather(*(fire(due, kit.store, kit.setting) for _ in range(2)))

    assert sorted(len(changes.outbox) for changes in both) == [0, 1]
    assert await one(kit.engine, "select count(*) from case_event where kind = 'TermReminded'") == 1


async def test_a_term_that_is_met_after_its_timer_was_taken_says_nothing(kit: Kit, clock: Clock) -> None:
    opened = await a_case(kit)
    await clock.pass_next(t.SAFETY_ASSESSMENT)
    due = await kit.store.due_timers(10, 60.0)
    await kit.tell("vt-test", ASSESSED, assessment(opened), correlationid=opened.case)
    changes = await fire(due, kit.store, kit.setting)

    assert (len(due), changes.outbox, changes.cases) == (1, (), ())


async def test_nothing_is_said_of_a_case_that_is_closed(kit: Kit, clock: Clock) -> None:
    opened = await a_case(kit)
    await clock.pass_next(t.SAFETY_ASSESSMENT)
    due = await kit.store.due_timers(10, 60.0)
    await kit.tell("vt-test", ASSESSED, assessment(opened), correlationid=opened.case)
    await kit.tell("vt-test", CLOSED, correlationid=opened.case)

    assert (await fire(due, kit.store, kit.setting)).outbox == ()
    await clock.put_ahead(timedelta(days=800))
    assert await looked(kit) == []


async def test_a_worker_that_dies_with_a_timer_in_hand_leaves_it_to_the_next_start(kit: Kit, clock: Clock) -> None:
    await a_case(kit)
    await clock.pass_next(t.SAFETY_ASSESSMENT)
    lease = kit.setting.limits.lease.total_seconds()
    assert len(await kit.store.due_timers(10, lease)) == 1  # and it is no more

    await kit.store.note_believed()  # as all that run do every minute
    started_again = replace(kit, store=PostgresStore(kit.engine, from_document, 30.0, kit.own.clocks))
    assert await looked(started_again) == []
    await clock.put_ahead(A_WHILE)
    assert set(heard(kit, await looked(started_again), REMINDER)) == {"vt-test"}


async def test_a_hub_that_was_down_over_a_whole_term_alarms_at_once_and_reminds_nobody(kit: Kit, clock: Clock) -> None:
    await a_case(kit)
    await clock.put_ahead(timedelta(days=60))

    (alarm,) = heard(kit, await looked(kit), ALARM).values()
    assert alarm["data"]["ronde"] == 1


# --- faults -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [ZeroDivisionError("Kanarievogel"), KeyError("Kanarievogel")])
async def test_a_bug_on_one_case_stops_no_other_and_is_tried_again(
    kit: Kit, clock: Clock, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    cases = [await a_case(kit) for _ in range(3)]
    await clock.put_ahead(timedelta(days=30))
    real = alarms.rendered

    def failing(decision: Any, case: Any, *rest: Any) -> Any:
        if case.id == cases[1].case:
            raise fault
        return real(decision, case, *rest)

    with monkeypatch.context() as broken, capture_logs() as logs:
        broken.setattr(alarms, "rendered", failing)
        said = await looked(kit)
    assert {kit.opened(row)["correlationid"] for row in said} == {str(cases[0].case), str(cases[2].case)}
    (failed,) = [line for line in logs if line["event"] == LogEvent.TERM_FAILED]
    assert (failed["case"], failed["term"]) == (cases[1].case, t.SAFETY_ASSESSMENT)
    assert failed["code"] == f"bug:{type(fault).__name__}"
    assert "Kanarievogel" not in str(logs)

    await clock.put_ahead(A_WHILE)
    assert {kit.opened(row)["correlationid"] for row in await looked(kit)} == {str(cases[1].case)}


async def test_a_case_that_the_database_refuses_stops_no_other(kit: Kit, clock: Clock) -> None:
    cases = [await a_case(kit) for _ in range(5)]
    await clock.put_ahead(timedelta(days=30))
    rule = f"""kind <> 'TermEscalated' or "case" <> '{cases[2].case}'"""
    await rows(kit.engine, f"alter table case_event add constraint spoilt check ({rule})")
    try:
        with capture_logs() as logs:
            said = await looked(kit)
    finally:
        await rows(kit.engine, "alter table case_event drop constraint spoilt")

    assert len(said) == 4
    (failed,) = [line for line in logs if line["event"] == LogEvent.TERM_FAILED]
    assert (failed["case"], failed["code"]) == (cases[2].case, "database-error")
    await clock.put_ahead(A_WHILE)
    assert [kit.opened(row)["correlationid"] for row in await looked(kit)] == [str(cases[2].case)]


async def test_what_ops_reads_names_the_case_the_term_and_the_round_and_no_more(kit: Kit, clock: Clock) -> None:
    opened = await a_case(kit)
    lines = []
    for type_ in (REMINDER, ALARM):
        with capture_logs() as logs:
            await passed(kit, clock, t.SAFETY_ASSESSMENT, type_)
        lines += logs

    reminded, overdue = lines
    assert reminded == {
        "event": LogEvent.TERM_REMINDED,
        "log_level": "info",
        "case": opened.case,
        "term": t.SAFETY_ASSESSMENT,
    }
    since = overdue.pop("since")
    assert overdue == {
        "event": LogEvent.TERM_OVERDUE,
        "log_level": "warning",
        "case": opened.case,
        "term": t.SAFETY_ASSESSMENT,
        "round": 1,
    }
    assert since < kit.now()

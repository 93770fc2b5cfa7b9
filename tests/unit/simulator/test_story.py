"""The story follows who holds sight on safety from what the partners are told, and from nothing else."""

import asyncio
import io
from typing import Any

from rich.console import Console

from hub.canonical.partners import Role
from hub.simulator.cast import playing
from hub.simulator.stage import Line
from hub.simulator.story import NOBODY, Story

POLICE, TRIAGE, TEAM = (playing(role) for role in (Role.POLICE, Role.VEILIG_THUIS, Role.LOCAL_TEAM))
CASE, REPORT = "11111111-0000-4000-8000-000000000000", "22222222-0000-4000-8000-000000000000"
AT = "2026-03-02T12:00:00.125000Z"


def story(width: int = 160) -> Story:
    return Story(Console(file=io.StringIO(), width=width))


def heard(who: str, type_: str, **facts: Any) -> Line:
    return {"at": AT, "who": who, "did": "heard", "type": type_, **facts}


def told(*lines: Line) -> Story:
    one = story()
    for line in lines:
        one.add(line)
    return one


PRESENTED = heard(TRIAGE.id, "triage.melding-aangeboden", case=CASE, about=REPORT, holder=POLICE.oin)
RECORDED = heard(POLICE.id, "triage.melding-vastgelegd", case=REPORT, about=REPORT, holder=TRIAGE.oin)
YES = heard(TRIAGE.id, "overdrachten.aanvaard", case=CASE, holder=TEAM.oin)
NO = heard(TRIAGE.id, "overdrachten.geweigerd", case=CASE, holder=TRIAGE.oin, code="capaciteit")


def test_the_holder_moves_with_the_recording_and_with_a_yes() -> None:
    assert told(PRESENTED, RECORDED, YES).holders(CASE) == ("Politie", "Veilig Thuis", "Lokaal team")


def test_from_the_receipt_of_its_report_the_reporter_holds() -> None:
    receipt = {"at": AT, "who": POLICE.id, "did": "answered", "type": "meldingen.zorgmelding", "case": REPORT}
    assert told(receipt).holders(REPORT) == ("Politie",)
    assert told(receipt | {"code": "schema-ongeldig"}).holders(REPORT) == ()
    assert told(PRESENTED, RECORDED, YES, receipt).holders(REPORT) == ("Politie", "Veilig Thuis", "Lokaal team")


def test_a_no_moves_nothing() -> None:
    assert told(PRESENTED, RECORDED, NO).holders(CASE) == ("Politie", "Veilig Thuis")


def test_the_report_and_its_case_are_one() -> None:
    assert told(PRESENTED, RECORDED).holders(REPORT) == ("Politie", "Veilig Thuis")


def test_a_reporter_that_hears_late_of_the_recording_takes_nothing_back() -> None:
    assert told(PRESENTED, YES, RECORDED).holders(CASE) == ("Politie", "Lokaal team")


def test_what_a_sender_says_itself_moves_nothing() -> None:
    sent = {"at": AT, "who": TEAM.id, "did": "sent", "type": "overdrachten.aanvaard", "case": CASE, "holder": TEAM.oin}
    assert told(PRESENTED, sent).holders(CASE) == ("Politie",)


def test_a_closed_case_is_held_by_nobody() -> None:
    stand = heard(TRIAGE.id, "zaken.stand", case=CASE, code="gesloten")
    assert told(PRESENTED, RECORDED, stand).holders(CASE) == ("Politie", "Veilig Thuis", NOBODY)


def test_cases_get_letters_in_the_order_they_come() -> None:
    one = told(PRESENTED, {**PRESENTED, "case": "other", "about": "another"}, YES)
    console = one._console
    assert isinstance(console.file, io.StringIO)
    assert "A: Politie" in console.file.getvalue()
    assert "B: Politie" in console.file.getvalue()
    assert "A: Lokaal team" in console.file.getvalue()


def test_a_backlog_is_collected_but_not_shown() -> None:
    one = told({**PRESENTED, "quiet": True}, RECORDED)
    assert isinstance(one._console.file, io.StringIO)
    assert one._console.file.getvalue() == ""
    assert len(one.heard) == 2


async def test_who_waits_for_a_line_gets_it_when_it_comes() -> None:
    one = story()
    waiting = asyncio.create_task(one.wait_for(lambda line: line["type"] == "overdrachten.aanvaard", 0, 5.0))
    await asyncio.sleep(0)
    one.add(PRESENTED)
    one.add(YES)
    assert await waiting == YES


async def test_a_line_from_before_is_not_waited_for() -> None:
    assert await told(YES).wait_for(lambda line: True, 1, 0.01) is None

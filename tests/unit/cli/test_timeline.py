"""A case as a timeline: what a reader sees go down the page."""

from datetime import timedelta
from itertools import groupby
from uuid import UUID

import pytest

from hub.cases import events as e
from hub.cli.timeline import drawn, rows
from hub.cli.wording import names_of
from hub.ids import Oin
from tests.unit.cli.story import CASE, DIRECTORY, EVENTS, FRIDAY, MONDAY, OFFER, POLICE, REGION, TEAM, VT, YES

OPENED = EVENTS[0]
LATER = FRIDAY + timedelta(days=30)


def lines(*events: e.Event, width: int = 80) -> list[str]:
    names = names_of(events, DIRECTORY, LATER)
    return [line.plain for line in drawn(rows(events, LATER, names), names, width)]


def holders(*events: e.Event) -> list[Oin | None]:
    names = names_of(events, DIRECTORY, LATER)
    return [row.holder for row in rows(events, LATER, names)]


def test_a_case_reads_from_top_to_bottom() -> None:
    assert "\n".join(lines(*EVENTS, *YES)) == PAGE


PAGE = """\
2026-03-02 09:00Z █ politie-delft     case opened in haaglanden, triage
                  █                   veilig-thuis-delft
                  █                   report 1 received from politie-delft
                  █                   (regulier), opens the case
                  █                   told veilig-thuis-delft
                  ┊                   12 minutes later
2026-03-02 09:12Z █                   report 1 recorded
                  ▒ veilig-thuis-     sight on safety: politie-delft to
                  ▒ delft             veilig-thuis-delft
                  ▒                   term veiligheidsbeoordeling on report 1
                  ▒                   runs until 2026-03-09 09:00Z
                  ▒                   told politie-delft, veilig-thuis-delft
                  ┊                   3 days later
2026-03-06 09:05Z ▒                   report 1 assessed: overdracht, acute
                  ▒                   unsafety
                  ▒                   term veiligheidsbeoordeling on report 1
                  ▒                   met
                  ▒                   term antwoord-aanbod on offer 1 runs until
                  ▒                   2026-03-11 09:05Z
                  ▒                   offer 1: veilig-thuis-delft offers to
                  ▒                   lokaal-team-delft, 00000099000000000004,
                  ▒                   answer by 2026-03-11 09:05Z
                  ┊                   3 hours later
2026-03-06 12:05Z ▒                   offer 1: no of 00000099000000000004,
                  ▒                   capaciteit
                  ┊                   2 weeks later
2026-03-26 09:05Z ▒                   offer 1: yes of lokaal-team-delft
                  █ lokaal-team-delft sight on safety: veilig-thuis-delft to
                  █                   lokaal-team-delft
                  █                   term antwoord-aanbod on offer 1 met
2026-04-05 09:05Z █                   now, 10 days later"""


def test_the_lane_follows_the_holder_to_the_end() -> None:
    closed = (*EVENTS, *YES, e.CaseClosed(LATER, VT))

    assert list(dict.fromkeys(holders(*closed))) == [POLICE, VT, TEAM, None]
    assert lines(*closed)[-2:] == [f"2026-04-05 09:05Z {'':20}case closed by veilig-thuis-delft", f"{'':38}now"]


def test_a_successor_takes_the_lane_over_only_where_the_former_held() -> None:
    new = Oin("00000099000000000009")

    assert holders(OPENED, e.PartySucceeded(MONDAY, POLICE, new))[-1] == new
    assert holders(OPENED, e.PartySucceeded(MONDAY, VT, new))[-1] == POLICE


@pytest.mark.parametrize(
    ("passed", "said"),
    [
        (timedelta(seconds=59), None),
        (timedelta(minutes=1), "1 minute later"),
        (timedelta(minutes=119), "119 minutes later"),
        (timedelta(hours=2), "2 hours later"),
        (timedelta(hours=47), "47 hours later"),
        (timedelta(days=3, hours=23), "3 days later"),
        (timedelta(days=20), "2 weeks later"),
        (timedelta(days=70), "2 months later"),
        (timedelta(days=600), "20 months later"),
    ],
)
def test_time_in_which_nothing_happened_is_shown(passed: timedelta, said: str | None) -> None:
    events = (OPENED, e.CaseClosed(MONDAY + passed, VT))
    gaps = [row.words for row in rows(events, MONDAY + passed, names_of(events, DIRECTORY, LATER)) if row.at is None]

    assert gaps == ([said] if said else [])


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_no_line_is_wider_than_it_may_be(width: int) -> None:
    long = e.CaseLinked(MONDAY, CASE, ())
    assert max(map(len, lines(*EVENTS, *YES, long, width=width))) <= width


def test_a_holder_keeps_its_colour_and_another_has_another() -> None:
    back = (
        OPENED,
        e.HolderMoved(MONDAY, POLICE, VT, OFFER),
        e.HolderMoved(MONDAY, VT, TEAM, OFFER),
        e.HolderMoved(MONDAY, TEAM, VT, OFFER),
    )
    names = names_of(back, DIRECTORY, LATER)
    marks = [(line.plain[18], line.spans[0].style) for line in drawn(rows(back, MONDAY, names), names, 200)]

    (one, police), (two, vt), (three, team), (four, again) = (run for run, _ in groupby(marks))
    assert (one, two, three, four) == ("█", "▒", "█", "▒")
    assert vt == again
    assert len({police, vt, team}) == 3


def test_things_are_numbered_as_they_come() -> None:
    other = e.CaseOpened(MONDAY, CASE, REGION, VT, POLICE, CASE)
    names = names_of((other, *EVENTS), DIRECTORY, LATER)

    assert list(names.things.values()) == ["the case", "report 1", "offer 1"]
    assert names.thing(UUID(int=77)) == str(UUID(int=77))

"""`case show`: the page of a case, on a terminal and piped, and its JSON."""

from datetime import timedelta
from io import StringIO

import pytest
from rich.console import Console

from hub.cases import events as e
from hub.cli.case import Shown, case_as_json, print_case
from tests.unit.cli.story import DIRECTORY, EVENTS, FRIDAY, OFFER, POLICE, REPORT, STRANGER, TEAM, VT, YES, a_view

OVERDUE = FRIDAY + timedelta(days=6)
IN_TIME = FRIDAY + timedelta(days=1)
ALARM = e.TermEscalated(OVERDUE, "antwoord-aanbod", OFFER, 2, OVERDUE)


def page(*events: e.Event, now: object = IN_TIME, **options: object) -> str:
    text = StringIO()
    shown = Shown(a_view(*events, now=now), DIRECTORY)  # type: ignore[arg-type]
    print_case(shown, Console(file=text, width=80, highlight=False, **options))  # type: ignore[arg-type]
    return text.getvalue()


def part(title: str, shown: str) -> list[str]:
    """The lines of a table, its heading apart."""
    return [line.strip() for line in shown.partition(f"\n{title}")[2].splitlines()[2:] if line.strip()]


def test_the_page_says_who_holds_by_name_and_number() -> None:
    shown = page(*EVENTS)

    assert f"sight on safety: veilig-thuis-delft ({VT})" in shown
    assert "open, region haaglanden, version 13" in shown


def test_the_page_shows_what_is_open_and_by_whom() -> None:
    assert part("Open steps", page(*EVENTS))[0].split() == ["overdrachten.aanvaard", "lokaal-team-delft", "offer", "1"]


@pytest.mark.parametrize(
    ("events", "now", "state"),
    [
        (EVENTS, IN_TIME, "running"),
        (EVENTS, OVERDUE, "overdue"),
        ((*EVENTS, ALARM), OVERDUE, "overdue, alarm 2"),
        ((*EVENTS, *YES), OVERDUE, "met"),
    ],
    ids=["running", "overdue", "alarmed", "met"],
)
def test_a_term_is_running_overdue_or_met(events: tuple[e.Event, ...], now: object, state: str) -> None:
    assessment, answer = part("Terms", page(*events, now=now))[:2]

    assert assessment.endswith("met")
    assert answer.startswith("antwoord-aanbod")
    assert answer.endswith(state)


def test_an_overdue_term_is_red() -> None:
    assert "\x1b[31moverdue" in page(*EVENTS, now=OVERDUE, force_terminal=True, color_system="standard")


def test_a_case_with_nothing_open_says_so() -> None:
    shown = page(*EVENTS, *YES, e.CaseClosed(OVERDUE, VT), now=OVERDUE)

    assert "Open steps: none" in shown
    assert "sight on safety: nobody, the case is closed" in shown


def test_the_short_names_are_explained() -> None:
    assert [tuple(line.rsplit(maxsplit=1)) for line in part("Names", page(*EVENTS))] == [
        ("politie-delft", POLICE),
        ("veilig-thuis-delft", VT),
        ("lokaal-team-delft", TEAM),
        ("the case", str(EVENTS[0].case)),  # type: ignore[union-attr]
        ("report 1", str(REPORT)),
        ("offer 1", str(OFFER)),
    ]


def test_attention_is_asked_for() -> None:
    assert "attention:" not in page(*EVENTS)
    assert "\nattention: something new came" in page(*EVENTS, *YES, e.AttentionReopened(OVERDUE, REPORT), now=OVERDUE)


def test_moments_ahead_of_the_clock_are_shown_as_doubted() -> None:
    ahead = e.ReportRecorded(OVERDUE, REPORT, False)

    assert "doubted:" not in page(*EVENTS, ahead, now=OVERDUE)
    assert "\ndoubted: moments that are ahead of the clock, up to 2026-03-12 09:05Z" in page(*EVENTS, ahead)
    happened = case_as_json(a_view(*EVENTS, ahead, now=IN_TIME))["gebeurtenissen"]
    assert [one["op"] for one in happened if one.get("betwijfeld")] == [OVERDUE.isoformat()]


def test_piped_it_has_no_colour_and_fits_80_columns() -> None:
    shown = page(*EVENTS, *YES, ALARM, now=OVERDUE)

    assert "\x1b" not in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_the_json_has_the_words_of_the_wire() -> None:
    found = case_as_json(a_view(*EVENTS, ALARM, now=OVERDUE))

    assert (found["houder"], found["status"], found["aandacht"], found["onderzoek"]) == (VT, "open", False, "geen")
    assert found["meldingen"] == [
        {"melding": str(REPORT), "van": POLICE, "stand": "beoordeeld", "uitkomst": "overdracht"}
    ]
    assert found["overdrachten"] == [
        {"overdracht": str(OFFER), "van": VT, "kandidaten": {TEAM: "aangeboden", STRANGER: "geweigerd"}}
    ]
    assert found["openStappen"] == [{"type": "overdrachten.aanvaard", "door": TEAM, "over": str(OFFER)}]
    assert [(term["naam"], term["verlopen"], term["alarmen"]) for term in found["termijnen"]] == [
        ("antwoord-aanbod", True, 2)
    ]
    assert found["gebeurtenissen"][0] == {"op": "2026-03-02T09:00:00+00:00", "wat": "CaseOpened"}


def test_the_json_says_who_held_from_when() -> None:
    closed = (*EVENTS, *YES, e.CaseClosed(OVERDUE, VT))
    found = case_as_json(a_view(*closed, now=OVERDUE))["houders"]

    assert [one["houder"] for one in found] == [POLICE, VT, TEAM, None]
    assert found[0]["op"] == "2026-03-02T09:00:00+00:00"
    assert found[-1]["op"] == OVERDUE.isoformat()

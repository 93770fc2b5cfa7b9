"""What of all that waits is the hub's own fault, and for how long that is said."""

from datetime import UTC, datetime, timedelta

import pytest

from hub.app.ages import age, overlong
from hub.canonical.codes import Lane
from hub.ids import PartnerId
from hub.routing.limits import PerLane
from hub.store.backlog import Backlog, Kind

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
AFTER = PerLane(routine=timedelta(minutes=60), acute=timedelta(minutes=1))
MINUTE = timedelta(minutes=1)


def waiting(
    what: Kind, code: str, minutes: float, lane: Lane = Lane.ROUTINE, partner: str = "politie", *, tried: bool = False
) -> Backlog:
    since = NOW - minutes * MINUTE
    unsent = what is Kind.UNPUBLISHED
    return Backlog(what, PartnerId(partner), lane, code, 1, since, since if unsent else None, tried)


def said(*backlogs: Backlog) -> list[str]:
    return [*overlong(backlogs, NOW, AFTER)]


@pytest.mark.parametrize("what", [Kind.RETRY, Kind.QUARANTINE])
@pytest.mark.parametrize("code", ["bug:KeyError", "may-kill-worker", "hub-key-missing", "database-busy"])
def test_what_a_fault_of_the_hub_keeps_undecided_is_said_from_the_bound_of_its_lane_on(what: Kind, code: str) -> None:
    assert not said(waiting(what, code, 60), waiting(what, code, 1, Lane.ACUTE))
    for late in (waiting(what, code, 61), waiting(what, code, 1.1, Lane.ACUTE)):
        (line,) = said(late)
        assert code in line
        assert "politie" in line


@pytest.mark.parametrize("code", ["oorzaak-onbekend", "zaak-onbekend", "stap-niet-toegestaan"])
def test_a_step_that_waits_for_what_it_follows_is_nobodys_fault(code: str) -> None:
    assert not said(waiting(Kind.RETRY, code, 10_000))


def test_what_came_back_dead_of_the_hub_itself_is_for_an_operator_and_stops_nothing() -> None:
    assert not said(waiting(Kind.QUARANTINE, "dead-letter", 10_000))


def test_what_its_receiver_does_not_confirm_or_its_queue_refuses_is_its_receivers_fault() -> None:
    assert not said(waiting(Kind.UNCONFIRMED, "", 10_000), waiting(Kind.UNPUBLISHED, "", 10_000, tried=True))


def test_what_is_not_sent_for_want_of_something_of_the_hub_or_as_nobody_takes_it_is_the_hubs() -> None:
    (lacking,) = said(waiting(Kind.UNPUBLISHED, "hub-key-missing:abc", 61, tried=True))
    assert "hub-key-missing:abc" in lacking
    (untaken,) = said(waiting(Kind.UNPUBLISHED, "", 61))
    assert "untried" in untaken


def test_a_term_that_has_passed_and_nobody_says_is_the_hubs_fault() -> None:
    assert not said(waiting(Kind.TERM, "antwoord-aanbod", 60, partner=""))
    (line,) = said(waiting(Kind.TERM, "registratie-acuut", 1.1, Lane.ACUTE, partner=""))
    assert "registratie-acuut" in line


def test_what_is_due_later_is_not_late() -> None:
    for due in (NOW + MINUTE, None):
        assert not said(Backlog(Kind.UNPUBLISHED, PartnerId("om"), Lane.ACUTE, "", 1, NOW - 500 * MINUTE, due))


def test_one_fault_is_one_line_whoever_it_keeps_and_names_no_more_than_a_few() -> None:
    many = [waiting(Kind.RETRY, "bug:KeyError", 70 + number, partner=f"p-{number}") for number in range(9)]
    (line,) = said(*many)
    assert "p-0, p-1, p-2, p-3, p-4 and 4 more" in line
    assert "78 minutes" in line
    assert "(9 wait)" in line


@pytest.mark.parametrize(
    ("lasts", "words"),
    [
        (timedelta(seconds=119.9), "119 seconds"),
        (timedelta(minutes=2), "2 minutes"),
        (timedelta(hours=47), "47 hours"),
        (timedelta(days=9), "9 days"),
    ],
)
def test_an_age_is_said_in_the_largest_unit_of_which_there_are_two(lasts: timedelta, words: str) -> None:
    assert age(lasts) == words

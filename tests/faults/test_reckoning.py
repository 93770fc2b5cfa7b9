"""The hub's account against the books: the same numbers on both sides, or a sentence that says which are not."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.faults.figures import distribution, table
from tests.faults.history import CHAPTERS, History
from tests.faults.judge.books import REFUSAL
from tests.faults.reckoning import differences

Account = dict[str, Any]


def accounted() -> tuple[History, Account]:
    """A history with one refusal in it, and the account that a hub would give of it."""
    history = History()
    for chapter in CHAPTERS:
        chapter(history)
    history.says("school", "zaken.standvraag", {}, on=history.new(), refused="zaak-onbekend")
    partners = {}
    for book in history.all:
        refused = sum(one.type == REFUSAL for one in book.got.values())
        partners[book.partner] = {
            "deliveries": len(book.sent), "distinct": len(book.sent), "accepted": len(book.sent) - refused,
            "rejected": refused, "retry": 0, "quarantined": 0, "outgoing": len(book.got), "undelivered": 0,
        }  # fmt: skip
    return history, {"differences": {}, "partners": partners}


def test_an_account_that_says_what_the_books_say_agrees() -> None:
    history, account = accounted()
    assert not list(differences(history.all, account))


@pytest.mark.parametrize(
    "name", ["distinct", "accepted", "rejected", "retry", "quarantined", "outgoing", "undelivered"]
)
def test_a_number_that_is_one_off_is_named_with_its_partner(name: str) -> None:
    history, account = accounted()
    account["partners"]["school"][name] += 1
    (found,) = differences(history.all, account)
    assert found.startswith("school: ")


def test_fewer_deliveries_than_the_broker_confirmed_are_missed_and_more_are_not() -> None:
    history, account = accounted()
    account["partners"]["vt"]["deliveries"] += 5
    assert not list(differences(history.all, account))
    account["partners"]["vt"]["deliveries"] -= 6
    assert len(list(differences(history.all, account))) == 1


@pytest.mark.parametrize("forget", [lambda one: one["partners"].clear(), lambda one: one["differences"].update(x=1)])
def test_an_account_that_does_not_fit_or_knows_nobody_differs(forget: Callable[[Account], None]) -> None:
    history, account = accounted()
    forget(account)
    assert list(differences(history.all, account))


def test_the_95th_percentile_is_the_least_that_95_of_100_do_not_exceed() -> None:
    figures = distribution([float(number) for number in range(1, 101)])
    assert figures == {"n": 100, "min": 1.0, "median": 50.5, "p95": 95.0, "max": 100.0}
    assert distribution([3.0]) == {"n": 1, "min": 3.0, "median": 3.0, "p95": 3.0, "max": 3.0}
    assert distribution([]) == {"n": 0}


def test_a_table_has_a_row_for_each_kind_under_one_head() -> None:
    lines = list(table("after a fault", {"worker killed": distribution([1.0, 2.0])}))
    assert len(lines) == 2
    assert lines[1].split() == ["worker", "killed", "2", "1.00", "1.50", "2.00", "2.00"]

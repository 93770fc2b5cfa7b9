"""The account at the end: one number that differs is enough."""

from typing import Any

import pytest

from hub.simulator.cast import CAST
from hub.simulator.reckoning import reckon

BOOKS = {
    "sent_deliveries": 6, "sent": 5, "accepted": 3, "confirmations": 1, "refused": 1, "unanswered": 0,
    "received": 7, "unreadable": 0, "unprocessed": 0,
}  # fmt: skip
HUB = {
    "deliveries": 6, "distinct": 5, "accepted": 4, "rejected": 1, "retry": 0, "quarantined": 0,
    "outgoing": 7, "undelivered": 0,
}  # fmt: skip


def books(**changes: int) -> dict[str, Any]:
    return {player.id: BOOKS | (changes if player is CAST[0] else {}) for player in CAST}


def account(**changes: int) -> dict[str, Any]:
    return {"partners": {player.id: HUB | changes for player in CAST}, "differences": {}}


def test_books_and_account_agree() -> None:
    assert reckon(books(), account()).agrees


@pytest.mark.parametrize("name", BOOKS)
def test_a_number_of_one_partner_that_differs_is_seen(name: str) -> None:
    assert not reckon(books(**{name: BOOKS[name] + 1}), account()).agrees


@pytest.mark.parametrize("name", HUB)
def test_a_number_of_the_hub_that_differs_is_seen(name: str) -> None:
    assert not reckon(books(), account(**{name: HUB[name] + 1})).agrees


def test_an_account_that_does_not_add_up_by_itself_does_not_agree() -> None:
    assert not reckon(books(), account() | {"differences": {"unanswered": 1}}).agrees


def test_a_partner_that_says_nothing_or_is_not_known_does_not_agree() -> None:
    assert not reckon({}, account()).agrees
    assert not reckon(books(), {"partners": {}, "differences": {}}).agrees


def test_two_unknowns_are_not_agreement() -> None:
    assert not reckon({}, {"partners": {}, "differences": {}}).agrees

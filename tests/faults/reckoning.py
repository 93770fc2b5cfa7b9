"""The hub's own account held against the partners' books: every number on both sides, when all has been said (P5)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.faults.judge.books import CONFIRMATION, REFUSAL, Book


def differences(books: Sequence[Book], account: Mapping[str, Any]) -> Iterator[str]:
    """Sentences; none if they agree. After a crash the books cannot know how many copies arrived, only the least."""
    if account["differences"]:
        yield f"the account does not fit: {account['differences']}"
    for book in books:
        hub = account["partners"].get(book.partner, {})
        for name, mine, theirs in _pairs(book, hub):
            if mine != theirs:
                yield f"{book.partner}: {name}: {mine} in its books, {theirs} in the account"
        copies = sum(one.confirmed for one in book.sent.values())
        if hub.get("deliveries", 0) < copies:
            yield f"{book.partner}: {copies} copies confirmed by the broker, {hub.get('deliveries', 0)} in the account"


def _pairs(book: Book, hub: Mapping[str, int]) -> Iterator[tuple[str, int, int]]:
    refused = {one.about.get("bericht") for one in book.got.values() if one.type == REFUSAL}
    answered = {one.about.get("bericht") for one in book.got.values() if "sha256" in one.about}
    known = [one for one in book.sent.values() if one.type == CONFIRMATION or one.id in answered]
    yield "distinct", len(book.sent), hub.get("distinct", 0)
    yield "accepted", sum(one.id not in refused for one in known), hub.get("accepted", 0)
    yield "refused", sum(one.id in refused for one in known), hub.get("rejected", 0)
    yield "open", len(book.sent) - len(known), hub.get("retry", 0) + hub.get("quarantined", 0)
    yield "from the hub", len(book.got), hub.get("outgoing", 0)
    yield "not taken", len(book.unreadable), hub.get("undelivered", 0)

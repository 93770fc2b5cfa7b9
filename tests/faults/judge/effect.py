"""What one accepted message has to bring about, and by what a message of the hub is known to be it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tests.faults.judge import records as r
from tests.faults.judge.books import Book, Got
from tests.faults.judge.records import Records, Step

Key = tuple[str, ...]
MANY = 1_000_000


@dataclass(frozen=True, slots=True)
class Effect:
    """Messages of this type, about this, in the books of these partners together.

    Attributes:
        cause: the message it follows from.
        least, most: how many; several effects that are the same add up, `once` excepted.
    """

    cause: str
    at: frozenset[str]
    type: str
    key: Key
    least: int = 1
    most: int = 1
    once: bool = False


TAG = {
    "meldingen.huisverbod": "ingaandOp",
    "meldingen.strafrechtelijk-bericht": "ingaandOp",
    "meldingen.raadsbericht": "statusOp",
    "meldingen.jeugdbeschermingsbericht": "statusOp",
}
"""By what a report that is told under its own type can be known again; else by its text."""
FIELDS: Mapping[str, tuple[str, ...]] = {
    r.PRESENTED: ("melding",),
    r.NOTED: ("melding",),
    r.RECORDED: ("melding",),
    "terugkoppelingen.stappen": ("melding", "stap"),
    r.OFFER: ("overdracht",),
    r.MORE_ASKED: ("overdracht", "van"),
    r.MORE_GIVEN: ("overdracht",),
    r.YES: ("overdracht", "van"),
    r.NO: ("overdracht", "van"),
    r.WITHDRAWN: ("overdracht",),
    r.DOSSIER: ("overdracht",),
    "overdrachten.hulp-gestart": ("overdracht",),
    "overdrachten.afgerond": ("overdracht",),
    r.PUT: ("overleg",),
    r.CONTRIBUTION: ("overleg", "van"),
    r.ACTION_ACCEPTED: ("overleg", "afspraak"),
    r.TABLE_STAND: ("overleg",),
    "monitoring.vraag": ("vraag",),
    "monitoring.antwoord": ("vraag",),
    "adviezen.adviesvraag": ("tekst",),
}


def key(type_: str, about: Mapping[str, object]) -> Key:
    """By what a message of this type is known again."""
    if type_ == r.AGREED:
        return (str(about["overleg"]), *about["afspraken"])  # type: ignore[misc]
    names = FIELDS.get(type_) or (TAG.get(type_, "tekst"),)
    return tuple(str(about.get(name)) for name in names)


def key_of(got: Got, records: Records) -> Key | None:
    """Of a message of the hub; `None` for what is not the effect of one message of one partner."""
    if got.type in NOT_EFFECTS:
        return None
    if got.type == r.CLOSED:
        return (str(records.case_of(got.correlation)),)
    if got.type == "zaken.stand":
        return (str(got.causation),)
    if got.type == "adviezen.advies":
        return (str(got.causation), str(got.about.get("tekst")))
    return key(got.type, got.about)


NOT_EFFECTS = frozenset({
    "verwerking.ontvangstbevestiging", "verwerking.foutmelding", "verwerking.vertraagd",
    "verwerking.herinnering", "verwerking.escalatie", "radar.samenloop", r.CHANGED,
})  # fmt: skip


def at_each(books: Iterable[Book | None], step: Step, type_: str, key_: Key, *, once: bool = False) -> Iterator[Effect]:
    """One at each of these, the sender excepted."""
    partners = dict.fromkeys(book.partner for book in books if book is not None and book is not step.book)
    least = 1 if step.sure else 0
    for partner in partners:
        yield Effect(step.sent.id, frozenset({partner}), type_, key_, least, 1, once)


def anywhere(step: Step, records: Records, type_: str, key_: Key) -> Effect:
    """One, wherever it is."""
    everybody = frozenset(book.partner for book in records.books)
    return Effect(step.sent.id, everybody, type_, key_, 1 if step.sure else 0)

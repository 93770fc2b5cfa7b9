"""Books, register and account held against each other, and what must be true of every message that anybody got."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from hub.canonical.codes import Lane
from hub.partner.books import FILE, Account, Books
from hub.partner.messages import PROCESSED, RECEIPT, REFUSAL, UNANSWERED, Received
from hub.schemas.message import WIRE_PREFIX, wire_type
from tests.stories.cast import CAST, NOBODY, TEAM_THAT_ENDS, TEAM_THAT_GOES_ON, Data, Player
from tests.stories.stage import Stage
from tests.stories.telling import PRESENTED, Case, Said, Story

YES = "overdrachten.aanvaard"
GOES_ON_AS = {TEAM_THAT_ENDS: TEAM_THAT_GOES_ON}
"""Organisations that merged: to the hub the second is the first."""
STEPS_ONLY = {"melding", "stap", "uitkomst", "ontvangendePartijen", "besluitOp", "zaakversie", "houder"}
WHO_ELSE_ONLY = {"samenloop", "melding", "meldingen", "zaakversie", "houder"}
HIT_ONLY = {"organisatie", "referentie", "telefoon", "gronden", "zelfdePersoon"}


@dataclass(frozen=True)
class Ledger:
    """One partner's books, as its own file has them.

    Attributes:
        sent: what was said, `verwerkt` apart, with the code it was refused with.
        stored: how often it told the hub that it has stored each message.
        kept: what came in and was processed, and how many copies of it came.
        answers: receipts and refusals, by the message they answer.
        yes: when its yes to a handover was accepted.
    """

    sent: Mapping[UUID, Said]
    stored: Counter[UUID]
    kept: Mapping[UUID, int]
    answers: Counter[UUID]
    yes: Mapping[str, str]
    account: Account
    types_sent: frozenset[str]
    types_got: frozenset[str]


def ledger(stage: Stage, player: Player) -> Ledger:
    folder = stage.running.folder(player.name)
    with Books(folder) as books:
        account = books.account()
    database = sqlite3.connect(folder / FILE)
    try:
        sent = database.execute("SELECT id, type, payload, answer FROM sent").fetchall()
        received = database.execute("SELECT id, type, result, processed_at, copies FROM received").fetchall()
    finally:
        database.close()
    said = {UUID(id_): Said(player, type_, _code(answer)) for id_, type_, _, answer in sent if type_ != PROCESSED}
    told = _data(sent, PROCESSED)
    answers = (one.data["bericht"] for one in stage.mail[player].messages if one.type in (RECEIPT, REFUSAL))
    return Ledger(
        sent=said,
        stored=Counter(UUID(one["bericht"]) for one, _ in told if one["resultaat"] == "opgeslagen"),
        kept={UUID(id_): copies for id_, _, result, done, copies in received if result == "opgeslagen" and done},
        answers=Counter(map(UUID, answers)),
        yes={one["overdracht"]: said["time"] for one, said in _data(sent, wire_type(YES)) if said["type"] == RECEIPT},
        account=account,
        types_sent=frozenset(one[1] for one in sent),
        types_got=frozenset(one[1] for one in received),
    )


def _data(sent: Iterable[tuple[str, str, str, str | None]], type_: str) -> list[tuple[Data, Data]]:
    """What was said under this type, each with its answer."""
    found = ((payload, answer) for _, one, payload, answer in sent if one == type_)
    return [(json.loads(payload)["data"], json.loads(answer or "{}")) for payload, answer in found]


def _code(answer: str | None) -> str | None:
    return json.loads(answer)["data"].get("code") if answer else "no answer"


# --- of one story --------------------------------------------------------------------------------------------------


def heard(story: Story) -> Counter[tuple[Player, str]]:
    """Whom the hub told what, receipts and refusals apart."""
    return Counter((who, _short(one.type)) for who, one in messages(story) if one.type not in (RECEIPT, REFUSAL))


def messages(story: Story) -> Iterator[tuple[Player, Received]]:
    for player in CAST:
        yield from ((player, one) for one in story.stage.mail[player].messages if story.owns(one))


def numbers(case: Case) -> dict[tuple[Player, UUID | None], list[int]]:
    """The `zaakversie` of all that each party heard of the case, under each name by itself."""
    found: dict[tuple[Player, UUID | None], list[int]] = {}
    for who, message in messages(case.story):
        if case.mine(message):
            name = GOES_ON_AS.get(who, who), message.event.correlationid
            found.setdefault(name, []).append(message.data["zaakversie"])
    return {name: sorted(versions) for name, versions in found.items()}


def holders_told(case: Case) -> list[Player | None]:
    """Who held the case, one after the other, by what the triage heard of it."""
    desks = {player for player in CAST if player.role is case.desk.role}
    told = [one for who, one in messages(case.story) if who in desks and case.mine(one) and _says_who_holds(one)]
    told.sort(key=lambda one: one.event.time)
    return [holder for holder, _ in groupby(_by_oin(one.data.get("houder")) for one in told)]


def holders_shown(shown: Data) -> list[Player | None]:
    """The same by `ketenhub case show --json`."""
    return [_by_oin(one["houder"]) for one in shown["houders"]]


def _says_who_holds(message: Received) -> bool:
    return "houder" in message.data or message.data.get("status") == "gesloten"


def _by_oin(oin: str | None) -> Player | None:
    return next((player for player in CAST if player.oin == oin), NOBODY)


# --- of every message ----------------------------------------------------------------------------------------------


def told_too_much(story: Story) -> list[str]:
    """Messages that say more than they may, by type and recipient."""
    rules = (_more_than_steps, _more_than_who_else, _offer_names_somebody, _holder_to_an_outsider)
    return [f"{one.type} to {who}" for who, one in messages(story) for rule in rules if rule(who, one, story)]


def strange_causes(story: Story, ledgers: Mapping[Player, Ledger]) -> list[str]:
    """Messages that name as their cause what their recipient neither sent nor got."""
    caused = ((who, one) for who, one in messages(story) if one.event.causationid is not None)
    known = {who: book.sent.keys() | book.kept.keys() for who, book in ledgers.items()}
    return [f"{one.type} to {who}" for who, one in caused if one.event.causationid not in known[who]]


def dossiers_without_a_yes(story: Story, ledgers: Mapping[Player, Ledger]) -> list[str]:
    """Full parts that came before the receiver's own yes was accepted, acute ones apart."""
    dossiers = [(who, one) for who, one in messages(story) if one.type == wire_type("overdrachten.dossier")]
    return [
        f"{who} {one.data['overdracht']}"
        for who, one in dossiers
        if one.event.urgentie is not Lane.ACUTE
        and not ledgers[who].yes.get(one.data["overdracht"], "never") <= one.content["time"]
    ]


def _more_than_steps(who: Player, message: Received, story: Story) -> bool:
    return message.type == wire_type("terugkoppelingen.stappen") and not message.data.keys() <= STEPS_ONLY


def _more_than_who_else(who: Player, message: Received, story: Story) -> bool:
    if message.type != wire_type("radar.samenloop"):
        return False
    hits = message.data["meldingen"]
    return not (message.data.keys() <= WHO_ELSE_ONLY and all(hit.keys() <= HIT_ONLY for hit in hits))


def _offer_names_somebody(who: Player, message: Received, story: Story) -> bool:
    offers = {wire_type("overdrachten.aanbod"), wire_type("overdrachten.aanvulling-gegeven")}
    return message.type in offers and (story.family.surname in str(message.data) or "volledig" in message.data)


def _holder_to_an_outsider(who: Player, message: Received, story: Story) -> bool:
    """Who holds is for the triage and whoever holds or held it."""
    held = [one for case in story.cases if case.mine(message) for one in (*case.holders, case.desk)]
    return "houder" in message.data and who not in held


# --- the whole evening ---------------------------------------------------------------------------------------------


def types_sent(ledgers: Iterable[Ledger]) -> frozenset[str]:
    return frozenset[str]().union(*(one.types_sent for one in ledgers))


def types_got(stage: Stage, ledgers: Iterable[Ledger]) -> frozenset[str]:
    """What partners got, those reports too that reach a triage as a report presented."""
    got = (one for box in stage.mail.values() for one in box.messages if one.type == wire_type(PRESENTED))
    presented = frozenset(one.data["melding"]["soort"] for one in got)
    return presented.union(*(one.types_got for one in ledgers))


def stored_wrongly(stage: Stage, player: Player, book: Ledger) -> list[UUID]:
    """Messages of the hub that the partner took in twice or never kept, or did not tell the hub of for each copy."""
    owed = Counter(one.id for one in stage.mail[player].messages if one.type not in UNANSWERED)
    return [id_ for id_, times in owed.items() if times > 1 or not 0 < book.kept.get(id_, 0) == book.stored[id_]]


def pairs(book: Account, hub: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """Each number as the partner has it and as the hub has it. A `verwerkt` has no receipt, and counts as accepted."""
    return {
        "to the hub": (book.sent_deliveries, hub["deliveries"]),
        "distinct": (book.sent, hub["distinct"]),
        "accepted": (book.accepted + book.confirmations, hub["accepted"]),
        "refused": (book.refused, hub["rejected"]),
        "open": (book.unanswered, hub["retry"] + hub["quarantined"]),
        "from the hub": (book.received, hub["outgoing"]),
        "not taken": (book.unreadable + book.unprocessed, hub["undelivered"]),
    }


def _short(type_: str) -> str:
    return type_.removeprefix(WIRE_PREFIX).removesuffix(".v1")

"""A batch exists for speed only: it gives what its deliveries give one by one, in a fixed number of statements."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event

from hub.canonical.codes import Lane
from hub.envelope.at_rest import Kept, reveal
from hub.envelope.hashes import sha256_hex
from hub.lanes import judge
from hub.lanes.alarms import fire
from hub.ports import Changes, Delivery, Place
from hub.schemas.samples import sample
from tests.clock import Clock
from tests.databases import emptied, rows
from tests.kit import Kit, begun
from tests.talk import (
    ASSESSED,
    BOARD_NOTICE,
    CLOSED,
    COINCIDENCE,
    CONTACT,
    CRIMINAL,
    DETACHED,
    NO,
    OFFER,
    PROBATION,
    PROCESSED,
    RADAR_WITHDRAWN,
    RECORDED,
    REPORT,
    STAND,
    WITHDRAWN,
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
    processed,
    recording,
)

CANARY = "Kanarievogel"
TABLES = {
    "inbox": """select partner, message, opened, claims_id, lane, type, fate, code, fields, rule, deliveries,
      answer is null as unanswered, "case" is null as off_case, reference is null as unreferred from inbox""",
    "journal": "select partner, message, fate, code from journal",
    "cases": "select version, state, region, holder, document from cases",
    "events": "select version, kind, document from case_event",
    "stored": "select code, attempts, dead, message_id from stored_delivery",
    "rest": 'select "case", handover from held union all select "case", about from timer',
    "radar": "select pseudonym, ground, joins, reporter, key_id, traits from radar_entry",
    "counts": "select month, region, type, role, outcome, within, sum(number) from counts group by 1, 2, 3, 4, 5, 6",
    "processing": "select partner, name, parent_span_id is null as whole, attributes from processing_log",
}
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
HASH = re.compile(r"\b[0-9a-f]{64}\b")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d|\+00)?")


@dataclass
class Named:
    """What the messages of the batch speak of.

    Attributes:
        cases: four; VT holds the first three, the first has an open offer to two candidates.
        people: of each case.
        joined: a report that joined the last case, and what the triage heard beside it.
    """

    cases: list[OnCase]
    people: list[list[dict[str, Any]]]
    joined: OnCase
    coincidence: str
    yes: dict[str, Any]
    to_team: UUID
    to_other: UUID


class Scene:
    """The same beginning each time: the same messages bring forth the same ids, which later ones can name."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self.first: list[Delivery] = []

    async def begun(self) -> Kit:
        """A hub with four cases, on a database with nothing else."""
        await emptied(self._kit.engine)
        await begun(self._kit)
        for one in self.first:
            await self._kit.decide([one])
        return self._kit


async def a_scene(kit: Kit) -> tuple[Scene, Named]:
    scene = Scene(kit)
    fresh = await scene.begun()
    told: list[tuple[str, bytes]] = []
    people, cases = [family(kit) for _ in range(4)], []
    for persons in people:
        cases.append(await a_report(fresh, data=about(REPORT, *persons)))
        told.append(("politie-test", cases[-1].told.payload))
    for one in cases[:3]:
        sent = await fresh.tell("vt-test", RECORDED, recording(one), correlationid=one.case)
        told.append(("vt-test", sent.payload))
    offer = an_offer(fresh, "wijkteam-test", "buurtteam-test")
    offered = await fresh.tell("vt-test", OFFER, offer, correlationid=cases[0].case)
    told.append(("vt-test", offered.payload))
    joined = await a_report(fresh, "rvdk-test", BOARD_NOTICE, data=about(BOARD_NOTICE, people[3][0]))
    told.append(("rvdk-test", joined.told.payload))
    scene.first = [kit.delivery(name, payload) for name, payload in told]
    to_team, to_other = (offered.row(name, OFFER) for name in ("wijkteam-test", "buurtteam-test"))
    found = joined.told.one("vt-test", COINCIDENCE)["data"]["samenloop"]
    return scene, Named(cases, people, joined, found, a_yes(offer, to_team), to_team.id, to_other.id)


def good_and_bad(kit: Kit, named: Named) -> list[Delivery]:
    """Fifty-five deliveries that depend on each other in every way they can."""

    def say(name: str, type_: str, data: dict[str, Any] | None = None, **changes: Any) -> Delivery:
        return kit.delivery(name, kit.event(name, type_, data, **changes))

    one, two, three, waiting = named.cases
    yes, to_team, to_other = named.yes, named.to_team, named.to_other
    unseen, *_ = family(kit)
    reused, cause, early, unopened = uuid4(), uuid4(), uuid4(), uuid4()
    contents = sorted((kit.event("om-test", CRIMINAL, id=reused, urgentie=lane) for lane in Lane), key=sha256_hex)
    report = say("politie-test", REPORT)
    board = yes | {"aanbodHash": "0" * 64}
    no = a_no(yes)
    nothing = replace(say("vt-test", STAND, {}, id=unopened), body=b"niets")
    return [
        report,
        say("om-test", CRIMINAL),
        say("rvdk-test", "meldingen.raadsbericht", urgentie=Lane.ACUTE),
        report,
        say("reclassering-test", "meldingen.reclasseringssignaal"),
        # the higher hash comes first and has the id
        kit.delivery("om-test", contents[1]),
        kit.delivery("om-test", contents[0]),
        kit.delivery("om-test", contents[1]),
        # bad ones of every kind
        nothing,
        nothing,
        say("politie-test", REPORT, {"kenmerk": ""}),
        replace(say("politie-test", REPORT), properties=replace(report.properties, user_id="om-test")),
        say("om-test", REPORT),
        say("vt-test", STAND, {}, correlationid=uuid4()),
        # what follows an unopened message does not know it, although the broker gave it that name
        say("vt-test", RECORDED, recording(one), correlationid=one.case, causationid=unopened),
        # one case, many hands: answers that cross
        say("vt-test", STAND, {}, correlationid=one.case),
        say("rvdk-test", YES, board, correlationid=one.case),
        say("wijkteam-test", YES, yes, correlationid=one.case, causationid=to_team),
        say("vt-test", WITHDRAWN, {"overdracht": yes["overdracht"], "reden": "door-gever"}, correlationid=one.case),
        say("rvdk-test", NO, no, correlationid=one.case, causationid=to_other),
        say("wijkteam-test", STAND, {}, correlationid=one.case),
        say("vt-test", CLOSED, correlationid=one.case),
        # a cause inside the batch, before and after what follows it
        say("vt-test", RECORDED, recording(waiting), correlationid=waiting.case, causationid=early),
        say(
            "vt-test", RECORDED, recording(waiting), correlationid=waiting.case, id=cause, causationid=waiting.presented
        ),
        say("vt-test", ASSESSED, assessment(waiting), correlationid=waiting.case, causationid=cause),
        say("politie-test", REPORT, id=uuid4(), correlationid=waiting.report),
        say("vt-test", STAND, {}, correlationid=waiting.case, id=early),
        # confirmed, then not, and the other way about
        say("vt-test", PROCESSED, processed(two.presented)),
        say("vt-test", PROCESSED, processed(two.presented, "niet-te-lezen")),
        say("vt-test", PROCESSED, processed(three.presented, "niet-te-openen")),
        say("vt-test", PROCESSED, processed(three.presented)),
        say("politie-test", PROCESSED, processed(three.presented)),
        # turned into advice, and given back
        say("vt-test", ASSESSED, advice(two), correlationid=two.case),
        say("politie-test", STAND, {}, correlationid=two.report),
        # closed, and then more
        say("vt-test", ASSESSED, assessment(three, "geen-vervolg"), correlationid=three.case),
        say("vt-test", CLOSED, correlationid=three.case),
        say("vt-test", STAND, {}, correlationid=three.case),
        say("politie-test", REPORT, correlationid=three.report),
        say("vt-test", OFFER, an_offer(kit), correlationid=three.case),
        say("wijkteam-test", OFFER, an_offer(kit, "rvdk-test"), correlationid=one.case),
        *on_the_same_people(say, named, unseen),
    ]


def on_the_same_people(say: Callable[..., Delivery], named: Named, unseen: dict[str, Any]) -> list[Delivery]:
    """What the radar makes of a batch: joins, links, reports taken out and taken apart, and advice beside it."""
    _, two, _, waiting = named.cases
    (child, *_), (second, *_, suspect), (third, *_), _ = named.people
    out = {"melding": str(two.report), "reden": "onterecht"}
    own = {"correlationid": named.joined.report}
    identifying = sample("adviezen.adviesvraag") | {"context": "Het gaat om 999911004."}
    return [
        # an unseen child, twice, and its brother's father
        say("rvdk-test", BOARD_NOTICE, about(BOARD_NOTICE, unseen)),
        say("reclassering-test", PROBATION, about(PROBATION, unseen, suspect)),
        say("om-test", CRIMINAL, about(CRIMINAL, unseen), urgentie=Lane.ACUTE),
        # a case that was handed over in this batch, and one that was closed in it
        say("rvdk-test", BOARD_NOTICE, about(BOARD_NOTICE, child)),
        say("rvdk-test", BOARD_NOTICE, about(BOARD_NOTICE, third)),
        say("om-test", CRIMINAL, about(CRIMINAL, third)),
        # two open cases fit
        say("rvdk-test", BOARD_NOTICE, about(BOARD_NOTICE, child, unseen)),
        # taken out, and not found after it
        say("politie-test", RADAR_WITHDRAWN, out, correlationid=two.report),
        say("rvdk-test", BOARD_NOTICE, about(BOARD_NOTICE, second)),
        # taken apart, after contact was made, and gone on with
        say("vt-test", CONTACT, sample(CONTACT) | {"samenloop": named.coincidence}, correlationid=waiting.case),
        say("vt-test", DETACHED, {"melding": str(named.joined.report)}, correlationid=waiting.case),
        say("rvdk-test", STAND, {}, **own),
        say("rvdk-test", BOARD_NOTICE, **own),
        # advice
        say("wijkteam-test", "adviezen.adviesvraag"),
        say("wijkteam-test", "adviezen.adviesvraag", identifying),
    ]


def advice(reported: OnCase) -> dict[str, Any]:
    return assessment(reported, "omgezet-in-advies", overdracht=str(uuid4()))


async def left_by(kit: Kit, known: set[str]) -> dict[str, list[str]]:
    """What the database holds, without ids, hashes and moments that are new each time."""

    def plain(value: object) -> str:
        text = json.dumps(value, sort_keys=True, default=str)
        return HASH.sub("#", MOMENT.sub("@", ID.sub(lambda found: found[0] if found[0] in known else "?", text)))

    found = {name: await rows(kit.engine, query) for name, query in TABLES.items()}
    said = [opened(kit, row) for row in await rows(kit.engine, "select * from outbox")]
    return {name: sorted(map(plain, some)) for name, some in {**found, "said": said}.items()}


def opened(kit: Kit, row: Any) -> dict[str, Any]:
    flags = {name: row[name] for name in ("partner", "lane", "type", "owes_confirmation", "result")}
    if row["ciphertext"] is None:
        return flags
    kept = Kept(row["ciphertext"], row["wrapped_key"])
    text = reveal(kept, keys=kit.setting.keys.wrapped, bound_to=Place.OUTBOX.bound(row["id"]))
    said = json.loads(text)
    for hits in (said["data"].get("radar"), said["data"].get("meldingen")):
        # Newest first; those of one batch came at one moment, and then their random numbers decide.
        (hits or []).sort(key=lambda hit: (hit["organisatie"], hit["gronden"]))
    return flags | {"said": said}


@pytest.mark.parametrize("batches", [Kit.in_one_batch, lambda kit: kit.slow(0.01)], ids=["whole", "in parts"])
async def test_fifty_five_messages_good_and_bad_in_one_batch_give_what_they_give_one_by_one(
    kit: Kit, batches: Callable[[Kit], Kit]
) -> None:
    scene, named = await a_scene(kit)
    deliveries = good_and_bad(kit, named)
    known = {one.properties.message_id or "" for one in (*scene.first, *deliveries)}
    assert len(deliveries) == 55

    together = batches(await scene.begun())
    changes = await together.decide(deliveries)
    batch = await left_by(together, known)

    alone = await scene.begun()
    steps = [await alone.decide([one]) for one in deliveries]
    singly = await left_by(alone, known)

    assert {name: len(found) for name, found in batch.items()} == {name: len(found) for name, found in singly.items()}
    for name, found in batch.items():
        for ours, theirs in zip(found, singly[name], strict=True):
            assert ours == theirs, name
    assert changes.duplicates == sum(one.duplicates for one in steps) == 3
    fates = {row.fate.value for row in changes.inbox}
    assert fates == {"aanvaard", "geweigerd", "opnieuw"}


async def test_a_message_that_fails_half_way_leaves_nothing_to_those_after_it(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug in rendering, after the case has decided."""
    opened = await a_case(kit)
    offer = an_offer(kit)
    sound = kit.delivery("vt-test", kit.event("vt-test", OFFER, offer, correlationid=opened.case))
    failing = kit.delivery("vt-test", kit.event("vt-test", OFFER, offer, correlationid=opened.case))

    real, calls = judge.rendered, iter([True, False])

    def once(*args: Any) -> Any:
        if next(calls):
            raise ZeroDivisionError(CANARY)
        return real(*args)

    monkeypatch.setattr(judge, "rendered", once)
    changes = await kit.decide([failing, sound])

    assert [(row.fate.value, row.code) for row in changes.inbox] == [
        ("opnieuw", "bug:ZeroDivisionError"),
        ("aanvaard", None),
    ]
    (case,) = changes.cases
    assert len(case.case.handovers) == 1
    assert changes.stored[0].attempts == 1


@contextmanager
def statements(kit: Kit) -> Iterator[list[str]]:
    """Every statement that is sent, and that none is sent once a row."""
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, _p: Any, _context: Any, executemany: bool) -> None:
        assert not executemany, statement
        seen.append(statement)

    event.listen(kit.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(kit.engine.sync_engine, "before_cursor_execute", note)


async def counted(kit: Kit, deliveries: Sequence[Delivery]) -> tuple[int, Changes]:
    with statements(kit) as seen:
        changes = await kit.in_one_batch().decide(deliveries)
    return len(seen), changes


async def test_the_number_of_statements_does_not_grow_with_the_batch(kit: Kit) -> None:
    kit = kit.in_one_batch()
    await kit.tell("politie-test", REPORT)  # connect, read the directory

    numbers = []
    for size in (1, 10, 64):
        steps = []
        for _ in range(size):
            steps.append(kit.delivery("politie-test", kit.event("politie-test", REPORT)))
            steps.append(kit.delivery("politie-test", kit.event("politie-test", REPORT, {})))
            early = kit.event("vt-test", STAND, {}, correlationid=uuid4(), causationid=uuid4())
            steps.append(kit.delivery("vt-test", early))
        number, changes = await counted(kit, steps)
        assert len(changes.cases) == len(changes.stored) == size
        numbers.append(number)

    assert numbers[0] == numbers[1] == numbers[2] <= 20


async def test_it_does_not_grow_with_the_cases_and_steps_of_a_batch_either(kit: Kit) -> None:
    cases = [await a_case(kit) for _ in range(3)]
    numbers = []
    for some in (cases[:1], cases[1:]):
        steps = []
        for opened in some:
            offer = an_offer(kit, "wijkteam-test", "buurtteam-test")
            steps.append(kit.delivery("vt-test", kit.event("vt-test", OFFER, offer, correlationid=opened.case)))
            steps.append(kit.delivery("vt-test", kit.event("vt-test", PROCESSED, processed(opened.presented))))
            stand = kit.event("vt-test", STAND, {}, correlationid=opened.case, causationid=opened.presented)
            steps.append(kit.delivery("vt-test", stand))
        number, changes = await counted(kit, steps)
        assert len(changes.cases) == len(changes.held) == len(changes.confirmations) == len(some)
        numbers.append(number)

    assert numbers[0] == numbers[1] <= 20


async def test_sixty_four_reused_ids_cost_as_many_statements_as_one(kit: Kit) -> None:
    numbers = []
    for size in (1, 64):
        payloads = [kit.event("politie-test", REPORT) for _ in range(size)]
        await kit.decide([kit.delivery("politie-test", one) for one in payloads])
        other = [kit.event("politie-test", REPORT, {}, id=json.loads(one)["id"]) for one in payloads]
        number, changes = await counted(kit, [kit.delivery("politie-test", one) for one in other])
        assert {row.code for row in changes.inbox} == {"id-hergebruik"}
        numbers.append(number)

    assert numbers[0] == numbers[1] <= 20


async def test_people_joins_and_links_cost_no_statement_more(kit: Kit) -> None:
    """Reports of thirty people, on children that others report on in the same batch and did in earlier ones."""
    kit = kit.in_one_batch()
    numbers = []
    for size in (1, 12):
        steps = []
        for _ in range(size):
            child, mother, *_, suspect = family(kit)
            await kit.tell("politie-test", REPORT, about(REPORT, child))
            crowd = [person for _ in range(9) for person in family(kit)[:3]]
            steps.append(report_on(kit, "politie-test", REPORT, mother, suspect, child, *crowd))
            steps.append(report_on(kit, "rvdk-test", BOARD_NOTICE, child))
            steps.append(report_on(kit, "om-test", CRIMINAL, suspect, crowd[0]))
            steps.append(report_on(kit, "reclassering-test", PROBATION, family(kit)[0], suspect))
        number, changes = await counted(kit, steps)
        assert len(changes.inbox) == 4 * size
        assert len(changes.radar) > 45 * size
        assert sum(len(change.case.coincidences) for change in changes.cases) == 4 * size
        numbers.append(number)

    assert numbers[0] == numbers[1] <= 22


def report_on(kit: Kit, name: str, type_: str, *persons: dict[str, Any]) -> Delivery:
    return kit.delivery(name, kit.event(name, type_, about(type_, *persons)))


async def test_many_terms_that_have_passed_cost_as_many_statements_as_one(kit: Kit, clock: Clock) -> None:
    numbers = []
    for size in (1, 20):
        for _ in range(size):
            await a_case(kit)
        await clock.put_ahead(timedelta(days=30))
        due = await kit.store.due_timers(100, 60.0)
        with statements(kit) as seen:
            changes = await fire(due, kit.store, kit.setting)
        assert len(changes.cases) >= size
        numbers.append(len(seen))

    assert numbers[0] == numbers[1] <= 12

"""A batch exists for speed only: it gives what its deliveries give one by one, in a fixed number of statements."""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event

from hub.canonical.codes import Lane
from hub.envelope.at_rest import Kept, reveal
from hub.envelope.hashes import sha256_hex
from hub.lanes import judge
from hub.ports import Changes, Delivery
from hub.routing.document import to_document
from hub.store.directory import import_first
from tests.databases import emptied, rows
from tests.kit import Kit
from tests.talk import (
    ASSESSED,
    CLOSED,
    NO,
    OFFER,
    PROCESSED,
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
    an_offer,
    assessment,
    processed,
    recording,
)

CANARY = "Kanarievogel"
CRIMINAL = "meldingen.strafrechtelijk-bericht"
TABLES = {
    "inbox": """select partner, message, opened, claims_id, lane, type, fate, code, fields, rule, deliveries,
      answer is null as unanswered, "case" is null as off_case, reference is null as unreferred from inbox""",
    "journal": "select partner, message, fate, code from journal",
    "cases": "select version, state, region, holder, document from cases",
    "events": "select version, kind, document from case_event",
    "stored": "select code, attempts, dead, message_id from stored_delivery",
    "rest": 'select "case", handover from held union all select "case", about from timer',
}
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
HASH = re.compile(r"\b[0-9a-f]{64}\b")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d|\+00)?")


class Scene:
    """The same beginning each time: the hub's ids come from one seed, so that messages can name what will be there."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self.first: list[Delivery] = []

    async def begun(self) -> Kit:
        """A hub with four cases, on a database with nothing else."""
        await emptied(self._kit.engine)
        await import_first(self._kit.engine, self._kit.directory, to_document)
        random = Random(7)
        ids = replace(self._kit.setting, new_id=lambda: UUID(int=random.getrandbits(128), version=4))
        kit = replace(self._kit, setting=ids)
        for one in self.first:
            await kit.decide([one])
        return kit


async def a_scene(kit: Kit) -> tuple[Scene, list[OnCase], dict[str, Any], UUID, UUID]:
    """Four cases: VT holds the first three; the first has an open offer to two candidates."""
    scene = Scene(kit)
    fresh = await scene.begun()
    told: list[bytes] = []
    cases = []
    for number in range(4):
        cases.append(await a_report(fresh))
        told.append(cases[-1].told.payload)
        if number < 3:
            sent = await fresh.tell("vt-test", RECORDED, recording(cases[-1]), correlationid=cases[-1].case)
            told.append(sent.payload)
    offer = an_offer(fresh, "wijkteam-test", "rvdk-test")
    offered = await fresh.tell("vt-test", OFFER, offer, correlationid=cases[0].case)
    told.append(offered.payload)
    senders = ["politie-test" if b"zorgmelding" in one else "vt-test" for one in told]
    scene.first = [kit.delivery(name, one) for name, one in zip(senders, told, strict=True)]
    to_team = offered.row("wijkteam-test", OFFER)
    return scene, cases, a_yes(offer, to_team), to_team.id, offered.row("rvdk-test", OFFER).id


def good_and_bad(
    kit: Kit, cases: Sequence[OnCase], yes: dict[str, Any], to_team: UUID, to_board: UUID
) -> list[Delivery]:
    """Forty deliveries that depend on each other in every way they can."""

    def say(name: str, type_: str, data: dict[str, Any] | None = None, **changes: Any) -> Delivery:
        return kit.delivery(name, kit.event(name, type_, data, **changes))

    one, two, three, waiting = cases
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
        say("vt-test", STAND, {}, correlationid=one.case, causationid=unopened),
        # one case, many hands: answers that cross
        say("vt-test", STAND, {}, correlationid=one.case),
        say("rvdk-test", YES, board, correlationid=one.case),
        say("wijkteam-test", YES, yes, correlationid=one.case, causationid=to_team),
        say("vt-test", WITHDRAWN, {"overdracht": yes["overdracht"], "reden": "door-gever"}, correlationid=one.case),
        say("rvdk-test", NO, no, correlationid=one.case, causationid=to_board),
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
    text = reveal(kept, keys=kit.setting.keys.storage.get, bound_to=b"outbox:" + row["id"].bytes)
    return flags | {"said": json.loads(text)}


async def test_forty_messages_good_and_bad_in_one_batch_give_what_they_give_one_by_one(kit: Kit) -> None:
    scene, *named = await a_scene(kit)
    deliveries = good_and_bad(kit, *named)
    known = {one.properties.message_id or "" for one in (*scene.first, *deliveries)}
    assert len(deliveries) == 40

    together = await scene.begun()
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
        changes = await kit.decide(deliveries)
    return len(seen), changes


async def test_the_number_of_statements_does_not_grow_with_the_batch(kit: Kit) -> None:
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
            offer = an_offer(kit, "wijkteam-test", "rvdk-test")
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

"""P3, P4 under contention: eight worker processes and one case on which everybody decides at once."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.local.servers import Addresses
from hub.store.engine import connect
from tests.acceptance.hub import RunningHub, new_database_now, serving
from tests.acceptance.traffic import traffic
from tests.databases import books_fit, one, registers_tell_the_cases, rows
from tests.faults.processes.hot_case import PLAYERS, HotCase
from tests.servers import new_home

WORKERS = 8
NEVER = ("worker_died", "crashed", "batch_halved", "message_retried", "undeclared")
SEED = 41
TRIAGE_SAYS = {"nl.ketenhub.triage.melding-vastgelegd.v1", "nl.ketenhub.triage.veiligheidsbeoordeling.v1"}
YES = "nl.ketenhub.overdrachten.aanvaard.v1"


@pytest.fixture
def addresses(servers: Addresses) -> Iterator[Addresses]:
    with new_database_now(servers.database_url) as url:
        yield replace(servers, database_url=url)


@pytest.fixture
def hub(addresses: Addresses) -> Iterator[RunningHub]:
    with new_home() as home, serving(home, addresses, WORKERS) as running:
        for number, (who, role) in enumerate(PLAYERS.items(), 1):
            running.add(who, role, number)
        yield running


@pytest.fixture
async def engine(addresses: Addresses) -> AsyncIterator[AsyncEngine]:
    made = connect(addresses.database_url, "test")
    yield made
    await made.dispose()


@pytest.mark.parametrize("rounds", [12, pytest.param(120, marks=pytest.mark.exhaustive)])
async def test_a_case_that_everybody_decides_on_at_once_has_one_holder_at_each_version(
    hub: RunningHub, engine: AsyncEngine, rounds: int
) -> None:
    async with traffic(hub, *PLAYERS, confirms=False) as going:
        hot = HotCase(hub, going, Random(SEED))
        for number in range(rounds):
            if not await holders(engine):
                await hot.begin()
            (case, holder) = (await holders(engine))[0]
            await hot.round(hot.by_oin(holder), case, last=number == rounds - 1)
        answers = hot.answers()

    assert {id_: found for id_, found in answers.items() if len(found) != 1} == {}
    assert answers.keys() == hot.said.keys()
    await each_case_is_of_a_piece(engine, hub)
    await registers_tell_the_cases(engine)
    await books_fit(engine)
    await nothing_was_given_up(engine, hub)
    print(await figures(engine, hub, hot))
    assert await one(engine, "select count(distinct worker) from batch where lane = 'regulier'") == WORKERS


async def holders(engine: AsyncEngine) -> list[tuple[UUID, str]]:
    """The open cases, and who holds each."""
    found = await rows(engine, "select id, holder from cases where state = 'open'")
    assert len(found) <= 1, "one child, one open case"
    return [(row["id"], row["holder"]) for row in found]


async def each_case_is_of_a_piece(engine: AsyncEngine, hub: RunningHub) -> None:
    query = """select e."case", e.version, e.kind, e.document -> 'event' as said, i.fate, i.type, i.partner
      from case_event e left join inbox i on i.id = e.inbox order by e."case", e.version"""
    by_case: dict[UUID, list[Mapping[str, Any]]] = {}
    for row in await rows(engine, query):
        by_case.setdefault(row["case"], []).append(row)
    oins = {hub.name(who): hub.oin(who) for who in PLAYERS}
    for register in by_case.values():
        assert [row["version"] for row in register] == list(range(1, len(register) + 1))
        one_holder_from_first_to_last(register, oins)


def one_holder_from_first_to_last(register: Sequence[Mapping[str, Any]], oins: Mapping[str, str]) -> None:
    """The whole chain: begun by the report, each move by who held to whom said yes, ended by the triage."""
    first = register[0]
    assert (first["kind"], first["fate"]) == ("CaseOpened", "aanvaard")
    holder = first["said"]["holder"]
    assert holder == oins[first["partner"]]
    for row in register[1:]:
        assert row["fate"] in ("aanvaard", None), "nothing follows from what was refused"
        assert holder is not None, "nothing happens after the end"
        if row["kind"] == "HolderMoved":
            assert row["said"]["giver"] == holder
            holder = row["said"]["receiver"]
            assert row["type"] == YES or row["type"] in TRIAGE_SAYS
            assert oins[row["partner"]] == holder, "who holds now has said so itself"
        elif row["kind"] == "CaseClosed":
            holder = None
        assert row["kind"] not in ("CaseOpened", "PartySucceeded")


_OPENED = {"kind": "CaseOpened", "fate": "aanvaard", "type": "", "partner": "a", "said": {"holder": "1"}}
_TO_TWO = {"kind": "HolderMoved", "fate": "aanvaard", "type": YES, "partner": "b"}
_MOVED = _TO_TWO | {"said": {"giver": "1", "receiver": "2"}}
_CLOSED = {"kind": "CaseClosed", "fate": "aanvaard", "type": "", "partner": "b", "said": {}}
BROKEN = {
    "begun by another than who reported": [_OPENED | {"partner": "b"}],
    "moved by who did not hold": [_OPENED, _MOVED, _MOVED],
    "moved without a yes": [_OPENED, _MOVED | {"type": "nl.ketenhub.zaken.standvraag.v1"}],
    "moved by the yes of another": [_OPENED, _MOVED | {"partner": "a"}],
    "moved by a yes that was refused": [_OPENED, _MOVED | {"fate": "geweigerd"}],
    "moved after its end": [_OPENED, _MOVED, _CLOSED, _MOVED | {"said": {"giver": "2", "receiver": "2"}}],
    "opened twice": [_OPENED, _OPENED],
}


@pytest.mark.parametrize("how", BROKEN)
def test_the_check_sees_a_case_that_was(how: str) -> None:
    one_holder_from_first_to_last([_OPENED, _MOVED, _CLOSED], {"a": "1", "b": "2"})
    with pytest.raises(AssertionError):
        one_holder_from_first_to_last(BROKEN[how], {"a": "1", "b": "2"})


async def nothing_was_given_up(engine: AsyncEngine, hub: RunningHub) -> None:
    """Every deadlock was run again and ended in a decision; no message needed more than that."""
    assert await rows(engine, "select fate, code from inbox where fate not in ('aanvaard', 'geweigerd')") == []
    events = Counter(line.get("event") for line in hub.logged())
    assert await deadlocks(engine) <= events["batch_rerun"]
    assert [events[name] for name in ("worker_died", "crashed", "batch_halved", "message_retried", "undeclared")] == [
        0
    ] * 5


async def deadlocks(engine: AsyncEngine) -> int:
    return int(await one(engine, "select deadlocks from pg_stat_database where datname = current_database()"))


async def figures(engine: AsyncEngine, hub: RunningHub, hot: HotCase) -> str:
    fates = {row["fate"]: row["n"] for row in await rows(engine, "select fate, count(*) as n from inbox group by fate")}
    moves = await one(engine, "select count(*) from case_event where kind = 'HolderMoved'")
    versions = await one(engine, "select max(version) from cases")
    reruns = sum(line.get("event") == "batch_rerun" for line in hub.logged())
    found = {"said": len(hot.said), "moves": moves, "versions": versions, "deadlocks": await deadlocks(engine)}
    return f"{found | fates | {'reruns': reruns}}"

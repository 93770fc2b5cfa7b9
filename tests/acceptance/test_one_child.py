"""Two workers that get two signals on the same unseen child at the same instant make one case, with real processes."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from hub.local.servers import Addresses
from hub.partner.messages import Draft, full_type
from hub.schemas.samples import sample
from hub.simulator.people import strangers
from tests.acceptance.hub import RunningHub, new_database_now, serving, until
from tests.acceptance.traffic import Traffic, traffic
from tests.servers import new_home

ROUNDS, PAIRS = 4, 25
WHY = ("--reason", "storing", "--reference", "INC-12")
SIGNALS = {"politie": "meldingen.zorgmelding", "raad": "meldingen.raadsbericht"}


@pytest.fixture
def two_workers(servers: Addresses) -> Iterator[RunningHub]:
    with (
        new_database_now(servers.database_url) as url,
        new_home() as home,
        serving(home, replace(servers, database_url=url), workers=2) as running,
    ):
        yield running


def signal(who: str, family: int) -> dict[str, Any]:
    """On one child of this family, and on nobody else."""
    data = strangers(sample(SIGNALS[who]), family)
    return data | {"betrokkenen": data["betrokkenen"][:1]}


async def at_once(going: Traffic, families: range) -> list[tuple[str, UUID]]:
    """Both signals on each child, all of them in one go: sealed before the first is published."""
    letters = [
        (who, going.clients[who].write_down(Draft(full_type(type_), signal(who, family))))
        for family in families
        for who, type_ in SIGNALS.items()
    ]
    bodies = [(who, id_, going.clients[who].sealed(id_)) for who, id_ in letters]
    await asyncio.gather(*(going.clients[who].publish(id_, body) for who, id_, body in bodies))
    return letters


async def test_every_child_has_one_case_whoever_of_two_workers_got_which_signal(two_workers: RunningHub) -> None:
    hub = two_workers
    hub.add("politie", "politie", 1)
    hub.add("raad", "rvdk", 2)
    hub.add("vt", "veilig-thuis", 3)
    async with traffic(hub, *SIGNALS, "vt") as going:
        for round_ in range(ROUNDS):
            sent = await at_once(going, range(round_ * PAIRS, (round_ + 1) * PAIRS))
            answers = [await going.answer(who, id_) for who, id_ in sent]
            assert all(answer.accepted for answer in answers)
        wanted = 2 * ROUNDS * PAIRS
        await until(lambda: len(going.of_type("vt", "triage.melding-aangeboden")) >= wanted, "every signal arrives")
        cases = cases_of_children(going)

    assert len(cases) == ROUNDS * PAIRS
    assert {child: found for child, found in cases.items() if len(found) != 2 or len(set(found)) != 1} == {}
    assert len({case for found in cases.values() for case in found}) == len(cases)
    (_, (case, _)) = cases.popitem()
    assert hub.json("case", "show", case, *WHY, "--json")["houder"] in (hub.oin("politie"), hub.oin("raad"))
    assert hub.json("account", "--json")["fits"]
    assert len(workers_that_decided(hub)) == 2


def cases_of_children(going: Traffic) -> dict[str, list[str]]:
    """By child, the case of each signal on it, as the triage got them."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for one in going.of_type("vt", "triage.melding-aangeboden"):
        child = one.data["melding"]["inhoud"]["betrokkenen"][0]["bsn"]
        found[child].append(one.content["correlationid"])
    return found


def workers_that_decided(hub: RunningHub) -> set[str]:
    """Those that had signals to decide."""
    lines = [line for line in hub.logged() if line.get("event") == "message_accepted"]
    return {line["worker"] for line in lines if "meldingen." in line.get("type", "")}

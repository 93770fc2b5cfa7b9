"""Stopped or killed at any moment, the hub loses nothing that it accepted, and does nothing twice."""

import asyncio
import signal
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from hub.schemas.samples import sample
from hub.simulator.people import strangers
from tests.acceptance.hub import RunningHub, serving, until
from tests.acceptance.traffic import Traffic, traffic
from tests.servers import Addresses, new_home

REPORTS = 60


async def _reports(going: Traffic, families: range) -> list[UUID]:
    """One report on each of these families."""
    reports = [strangers(sample("meldingen.zorgmelding"), family) for family in families]
    return [await going.send("politie", "meldingen.zorgmelding", report) for report in reports]


async def _each_arrived_once(going: Traffic, sent: list[UUID]) -> None:
    answers = [await going.answer("politie", id_) for id_ in sent]
    assert all(answer.accepted for answer in answers)
    references = {answer.content["data"]["referentie"] for answer in answers}
    assert len(references) == len(sent)

    def presented() -> set[str]:
        return {one.data["melding"]["nummer"] for one in going.of_type("vt", "triage.melding-aangeboden")}

    await until(lambda: presented() >= references, "every accepted report reaches the triage")
    assert presented() == references


async def test_workers_killed_under_traffic_are_started_again_and_nothing_is_lost_or_doubled(hub: RunningHub) -> None:
    hub.add("politie", "politie", 1)
    hub.add("vt", "veilig-thuis", 2)
    async with traffic(hub, "politie", "vt") as going:
        sent = await _reports(going, range(REPORTS // 2))
        assert len(hub.kill_workers()) == 2
        sent += await _reports(going, range(REPORTS // 2, REPORTS))
        await _each_arrived_once(going, sent)
    assert hub.json("account", "--json")["fits"]


async def test_a_hub_whose_workers_are_started_again_has_said_once_that_it_is_ready(hub: RunningHub) -> None:
    def logged(event: str) -> int:
        return sum(line["event"] == event for line in hub.logged())

    before = logged("worker_started")
    killed = hub.kill_workers()
    await until(lambda: logged("worker_started") == before + len(killed), "each worker is started again")
    await until(lambda: logged("worker_died") >= len(killed), "each death is logged")
    assert logged("hub_started") == 1


async def test_sigterm_ends_every_worker_in_order_and_the_next_start_goes_on_where_it_stopped(
    servers: Addresses, fresh_database: str, tmp_path: Path
) -> None:
    """That it ends at all where a worker does not: `tests/faults/processes/test_supervisor.py`."""
    addresses, config = replace(servers, database_url=fresh_database), tmp_path / "hub.toml"
    config.write_text('[limits]\ngrace = "5 min"\n')
    with new_home() as home:
        with serving(home, addresses, config=config) as hub:
            hub.add("politie", "politie", 1)
            hub.add("vt", "veilig-thuis", 2)
            async with traffic(hub, "politie", "vt") as going:
                sent = await _reports(going, range(REPORTS))
                assert await asyncio.to_thread(hub.terminate) == 0
            ended = [line for line in hub.logged() if line["event"] == "shutdown_done"]
            assert len(ended) == 2, "none had to be killed"
            suffix = hub.suffix
        with serving(home, addresses) as again:
            again.suffix = suffix
            async with traffic(again, "politie", "vt") as going:
                answers = [await going.answer("politie", id_) for id_ in sent]
                assert all(answer.accepted for answer in answers)
            account = again.json("account", "--json")
            assert account["fits"]
            assert account["partners"][again.name("politie")]["accepted"] == REPORTS


def test_after_a_kill_and_a_quick_restart_status_goes_by_those_that_live(
    servers: Addresses, fresh_database: str
) -> None:
    addresses = replace(servers, database_url=fresh_database)
    with new_home() as home:
        with serving(home, addresses) as killed:
            killed.process.send_signal(signal.SIGSTOP)  # it starts no other in their place
            assert len(killed.kill_workers()) == 2
            killed.process.kill()
            killed.process.wait()
            gone = killed.json("status", "--json", ok=(1,))
            assert [line for line in gone["unready"] if "no worker of lane" in line] == gone["unready"]
        with serving(home, addresses) as again:
            assert again.json("status", "--json")["unready"] == []

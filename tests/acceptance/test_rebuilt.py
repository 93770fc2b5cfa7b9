"""After a restore partners say again what they said since, and everything is as they know it: with a real broker and
database, by the books of the shipped client."""

import asyncio
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

from hub.canonical.codes import Lane
from hub.local.servers import Addresses
from hub.partner.books import Account
from hub.schemas.samples import sample
from hub.simulator.people import strangers
from tests.acceptance.hub import COMMAND, ROOT, RunningHub, new_database_now, restored, serving, until
from tests.acceptance.traffic import Traffic, traffic
from tests.patience import CEILING
from tests.servers import new_home

CAST = {"politie": "politie", "vt": "veilig-thuis", "wijkteam": "lokaal-team"}
WHY = ("--reason", "storing", "--reference", "INC-12")
Said = tuple[str, UUID]
"""Who said it, and its id."""


@contextmanager
def waiting(hub: RunningHub, url: str) -> Iterator[RunningHub]:
    """The same hub on another database: `serve` waits for an operator."""
    environment = hub.environment | {"KETENHUB_DATABASE_URL": url}
    with hub.log.open("a") as errors:
        process = subprocess.Popen(
            [*COMMAND, "serve"], cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=errors
        )
    try:
        yield replace(hub, environment=environment, process=process)
    finally:
        process.terminate()
        process.wait(timeout=CEILING)
        assert process.stdout is not None
        process.stdout.close()


async def an_evening(hub: RunningHub) -> tuple[UUID, list[Said]]:
    """An acute report is recorded and assessed, and handed over to a team that starts; the case, and what was said."""
    said = list[Said]()
    async with traffic(hub, *CAST) as going:

        async def say(who: str, type_: str, data: dict[str, Any], **links: UUID) -> UUID:
            id_ = await going.send(who, type_, data, Lane.ACUTE, **links)
            assert (await going.answer(who, id_)).accepted
            said.append((who, id_))
            return id_

        await say("politie", "meldingen.zorgmelding", strangers(sample("meldingen.zorgmelding"), 1))
        report = await got(going, "vt", "triage.melding-aangeboden")
        case, number = UUID(report.content["correlationid"]), report.data["melding"]["nummer"]
        outcome = sample("triage.veiligheidsbeoordeling") | {"melding": number, "uitkomst": "geen-vervolg"}
        outcome.pop("ontvangendePartijen")
        recorded = sample("triage.melding-vastgelegd") | {"melding": number}
        cause = await say("vt", "triage.melding-vastgelegd", recorded, case=case, causation=report.id)
        await say("vt", "triage.veiligheidsbeoordeling", outcome, case=case, causation=cause)
        offer = sample("overdrachten.aanbod") | {"kandidaten": [hub.oin("wijkteam")]}
        await say("vt", "overdrachten.aanbod", offer, case=case)
        made = await got(going, "wijkteam", "overdrachten.aanbod")
        yes = {"overdracht": offer["overdracht"], "functie": "teamleider", "aanbodHash": made.sha256}
        cause = await say("wijkteam", "overdrachten.aanvaard", yes, case=case, causation=made.id)
        starts = sample("overdrachten.hulp-gestart") | {"overdracht": offer["overdracht"]}
        await say("wijkteam", "overdrachten.hulp-gestart", starts, case=case, causation=cause)
        await quiet(hub)
        return case, said


async def got(going: Traffic, who: str, type_: str) -> Any:
    return (await until(lambda: going.of_type(who, type_), f"{who} gets {type_}"))[-1]


async def quiet(hub: RunningHub) -> None:
    """Until nothing is under way."""

    def is_quiet() -> bool:
        found = hub.json("account", "--json")
        busy = [one for one in found["partners"].values() if one.get("undelivered") or one.get("retry")]
        return found["fits"] and not busy

    await until(is_quiet, "nothing is under way")


async def resent(hub: RunningHub, said: Sequence[Said]) -> dict[str, tuple[Account, Account]]:
    """All partners say again what they said, the last first; their books before and after."""
    async with traffic(hub, *CAST) as going:
        before = {who: client.books.account() for who, client in going.clients.items()}
        for who, id_ in reversed(said):
            await going.clients[who].resend(id_)
        await until(lambda: hub.json("status", "--json")["numbers"]["open_cases"], "the case is back")
        await quiet(hub)
        after = {who: client.books.account() for who, client in going.clients.items()}
        assert {who: going.got[who] for who in CAST} == {who: [] for who in CAST}, "nothing is processed twice"
        return {who: (before[who], after[who]) for who in CAST}


def as_known(shown: dict[str, Any]) -> dict[str, Any]:
    names = ("zaak", "status", "houder", "triage", "meldingen", "overdrachten", "openStappen")
    holders = [one["houder"] for one in shown["houders"]]
    return {name: shown[name] for name in names} | {"houders": holders}


def test_resending_after_a_restore_rebuilds_what_partners_know(servers: Addresses) -> None:
    with new_database_now(servers.database_url) as url, new_home() as home:
        addresses = replace(servers, database_url=url)
        with serving(home, addresses) as hub:
            for number, (short, role) in enumerate(CAST.items(), 1):
                hub.add(short, role, number)
        with restored(url) as earlier:
            with serving(home, addresses) as again:
                hub = replace(again, suffix=hub.suffix)
                case, said = asyncio.run(an_evening(hub))
                before = as_known(hub.json("case", "show", str(case), *WHY, "--json"))
            with waiting(hub, earlier) as back:
                assert back.process.stdout is not None
                assert "is not there" in back.process.stdout.readline()
                assert "missing: the commit of" in back.cli("recover", "--yes").stdout
                assert any(line.startswith("Ready") for line in back.process.stdout)

                books = asyncio.run(resent(back, said))
                assert as_known(back.json("case", "show", str(case), *WHY, "--json")) == before
    for had, has in books.values():
        assert has.received == had.received, "every message has the id that it had"
        assert has.received_deliveries > had.received_deliveries
        assert (has.unreadable, has.refused, has.unanswered) == (0, 0, 0)

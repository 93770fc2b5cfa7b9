"""Content stays with those it is for: after a full run, no name, number, address or text stands in the hub's files.

The run is the main job, what the radar and advice bring beside it, and its mistakes, on private servers of its own,
whose data folders are then searched byte by byte, with the hub's log and everything its command line prints. The
partners' own folders, which do hold content, prove that the search finds what is there.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from hub.schemas.samples import sample
from tests.acceptance.hub import RunningHub, serving, until
from tests.acceptance.traffic import Traffic, traffic
from tests.servers import new_home

CANARIES = (
    "Verzonnen", "Bedacht", "Denkbeeld", "999911004", "999933000", "2511AB", "Buren hoorden geschreeuw",
    "Basisschool De Fantasie", "Wil hulp.", "Kanariepiet",
)  # fmt: skip
WHY = ("--reason", "storing", "--reference", "INC-12")
COMMANDS = (("status",), ("account", "--json"), ("partner", "list", "--json"), ("quarantine", "list", "--json"))


async def test_after_a_full_run_no_content_is_found_where_it_does_not_belong() -> None:
    with new_home() as home:
        with serving(home, None) as hub:
            hub.add("politie", "politie", 1)
            hub.add("vt", "veilig-thuis", 2)
            hub.add("team", "lokaal-team", 3)
            async with traffic(hub, "politie", "vt", "team") as going:
                case = await _main_job(hub, going)
                await _beside_it(going, case)
                await _mistakes(going)
            printed = [
                hub.cli(*words).stdout
                for words in (*COMMANDS, ("case", "show", case, *WHY), ("case", "show", case, *WHY, "--json"))
            ]
            printed.append(
                hub.cli("send", "--as", hub.name("politie"), "--type", "Kanariepiet", "-", ok=(1, 3), stdin="{}").stderr
            )
        assert _found("\n".join(printed).encode()) == set()
        assert _found(hub.log.read_bytes()) == set()
        stored = list(_files(home / "rabbitmq", home / "postgres"))
        assert sum(file.stat().st_size for file in stored) > 10_000_000
        assert {file: found for file in stored if (found := _found(file.read_bytes()))} == {}
        assert _searched(home) >= set(CANARIES) - {"Kanariepiet"}


async def _main_job(hub: RunningHub, going: Traffic) -> str:
    """Reported, recorded, assessed, offered, accepted, the dossier delivered; the case."""
    await going.answer("politie", await going.send("politie", "meldingen.zorgmelding", sample("meldingen.zorgmelding")))
    (offered,) = await until(lambda: going.of_type("vt", "triage.melding-aangeboden"), "the report reaches the triage")
    case, report = UUID(offered.content["correlationid"]), offered.data["melding"]["nummer"]
    steps: list[tuple[str, dict[str, Any]]] = [
        ("triage.melding-vastgelegd", {"melding": report}),
        ("triage.veiligheidsbeoordeling", sample("triage.veiligheidsbeoordeling") | {"melding": report}),
        (
            "overdrachten.aanbod",
            sample("overdrachten.aanbod") | {"overdracht": str(uuid4()), "kandidaten": [hub.oin("team")]},
        ),
    ]
    for type_, data in steps:
        answer = await going.answer("vt", await going.send("vt", type_, data, case=case))
        assert answer.accepted, answer.content
    (made,) = await until(lambda: going.of_type("team", "overdrachten.aanbod"), "the offer reaches the team")
    yes = {"overdracht": made.data["overdracht"], "functie": "teamleider", "aanbodHash": made.sha256}
    await going.answer("team", await going.send("team", "overdrachten.aanvaard", yes, case=case))
    await until(lambda: going.of_type("team", "overdrachten.dossier"), "the dossier reaches the team")
    return str(case)


async def _beside_it(going: Traffic, case: str) -> None:
    """The team reports on the same child, so that the radar finds it; the police ask for advice."""
    report = sample("meldingen.professionele-melding")
    assert (await going.answer("team", await going.send("team", "meldingen.professionele-melding", report))).accepted
    (found,) = await until(lambda: going.of_type("vt", "radar.samenloop"), "the triage hears who else reported")
    assert found.content["correlationid"] == case
    question = sample("adviezen.adviesvraag") | {"vraag": "Wil hulp. Kanariepiet heeft die nodig."}
    asked = await going.send("politie", "adviezen.adviesvraag", question)
    assert (await going.answer("politie", asked)).accepted
    (heard,) = await until(lambda: going.of_type("vt", "adviezen.adviesvraag"), "the question reaches the triage")
    advice = {"advies": "Kanariepiet: Wil hulp."}
    told = await going.send("vt", "adviezen.advies", advice, causation=heard.id)
    assert (await going.answer("vt", told)).accepted
    wrong = await going.send("politie", "adviezen.adviesvraag", question | {"context": "Het gaat om 999911004."})
    assert (await going.answer("politie", wrong)).code == "persoonsgegevens-in-adviesvraag"


async def _mistakes(going: Traffic) -> None:
    """Refused in every way: a bad value, a field of the sender's own, a wrong type, a body that cannot be opened."""
    report = sample("meldingen.zorgmelding")
    for wrong in (
        report | {"soort": "Kanariepiet"},
        report | {"Kanariepiet": "Verzonnen"},
        report | {"omschrijving": 7},
    ):
        answer = await going.answer("politie", await going.send("politie", "meldingen.zorgmelding", wrong))
        assert not answer.accepted
    await going.clients["politie"].send_body(b"not.an.envelope")
    await until(lambda: len(going.of_type("politie", "verwerking.foutmelding")) >= 4, "every mistake is refused")


def _found(data: bytes) -> set[str]:
    return {canary for canary in CANARIES if canary.encode() in data}


def _files(*folders: Path) -> Iterator[Path]:
    for folder in folders:
        yield from (file for file in folder.rglob("*") if file.is_file() and not file.is_symlink())


def _searched(home: Path) -> set[str]:
    """What the same search finds in the partners' own folders and samples."""
    there = {canary for file in _files(home / "partners") for canary in _found(file.read_bytes())}
    return there | _found(json.dumps(sample("overdrachten.aanbod"), ensure_ascii=False).encode())

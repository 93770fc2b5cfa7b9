"""`radar find`: what the radar knows of somebody. Who is looked for is neither logged nor said again, but recorded by
pseudonym."""

import sys

import typer
from rich.table import Table

from hub.app import radar
from hub.cli.common import AsJson, console, new_group, print_json, table
from hub.cli.person import person_on
from hub.cli.recording import ReasonCode, Reference, act, ground
from hub.cli.running import on_hub
from hub.ids import CaseId
from hub.routing.radar import RadarEntry


def add_to(root: typer.Typer) -> None:
    made = new_group("The radar: which reports are about the same people.")
    made.command()(find)
    made.callback()(lambda: None)
    root.add_typer(made, name="radar")


def find(reason: ReasonCode = None, reference: Reference = None, as_json: AsJson = False) -> None:
    """Which reports speak of somebody: give one person as JSON on standard input.

    The fields are those of a person in a report: bsn, skn, naam, geboortedatum, adres. Every report that gave one of
    these is found, those of the person's children too; the name is found only with a whole birth date.

    Say why you look: it is recorded, with who you are and a pseudonym of whom you looked for.
    """
    looked = act("radar find", why=ground(reason, reference))
    person = person_on(sys.stdin.buffer)

    found = on_hub(lambda hub: radar.find(hub, person), looked)
    if as_json:
        print_json([_as_json(*one) for one in found])
    else:
        console().print(_drawn(found))


def _as_json(entry: RadarEntry, case: CaseId) -> dict[str, object]:
    return {
        "melding": str(entry.report),
        "zaak": str(case),
        "melder": entry.reporter,
        "grond": entry.ground.value,
        "sinds": entry.at.isoformat(),
        "vervalt": entry.expires.isoformat(),
    }


def _drawn(found: list[tuple[RadarEntry, CaseId]]) -> Table:
    drawn = table("report", "case", "reporter", "by", "since", "lapses", title=f"{len(found)} found")
    for entry, case in found:
        days = f"{entry.at:%Y-%m-%d}", f"{entry.expires:%Y-%m-%d}"
        drawn.add_row(str(entry.report), str(case), entry.reporter, entry.ground.value, *days)
    return drawn

"""`subject-access`: what was told about somebody, to whom, on which ground; what was compared, and who looked."""

import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import typer
from rich.table import Table

from hub.app.subject import Beside, Known, known_of
from hub.canonical.acts import Record
from hub.cases.calendar import AMSTERDAM
from hub.cli.common import AsJson, console, print_json, table
from hub.cli.person import person_on
from hub.cli.processing import as_json as line_as_json
from hub.cli.recording import ReasonCode, Reference, act, ground
from hub.cli.running import on_hub
from hub.lanes.processing import GROUNDS, PROCESSOR, RADAR
from hub.ports import ProcessingLine


def add_to(root: typer.Typer) -> None:
    root.command("subject-access")(subject_access)


def subject_access(reason: ReasonCode = None, reference: Reference = None, as_json: AsJson = False) -> None:
    """What the hub told about somebody, to whom and on which ground: give one person as JSON on standard input.

    The fields are those of a person in a report: bsn, skn, naam, geboortedatum; give all that you have, as messages
    knew the person by different ones. It looks through the whole processing log, under every key that is read, and says
    too which reports were compared with the radar, and when operators looked for this person and why; never who.

    Say why you look: it is recorded, with who you are and a pseudonym of whom you looked for.
    """
    looked = act("subject-access", why=ground(reason, reference))
    person = person_on(sys.stdin.buffer)
    known = on_hub(lambda hub: known_of(hub, person), looked)
    if as_json:
        print_json(_as_json(known))
    else:
        for drawn in _drawn(known):
            console().print(drawn)


def _as_json(known: Known) -> dict[str, Any]:
    return {
        "told": [line_as_json(line) for line in known.told],
        "compared": [line_as_json(line) for line in known.compared],
        "looked": [_look(record) for record in known.looked],
        "beside": [_beside(one) for one in known.beside],
    }


def _beside(one: Beside) -> dict[str, Any]:
    case = None if one.case is None else str(one.case)
    return {"at": one.at.isoformat(), "to": one.to, "what": one.what, "grounds": one.grounds, "case": case}


def _look(record: Record) -> dict[str, str | None]:
    """Neither who it was (P8), nor the number, under which somebody else may have asked."""
    why = record.act.why
    return {"at": record.at.isoformat(), "command": record.act.command, "reason": why.reason.value if why else None}


def _drawn(known: Known) -> Iterator[Table]:
    told = table("at", "to", "its OIN", "what", "grounds", title=f"{len(known.told)} times told")
    for line in known.told:
        told.add_row(_moment(line.at), line.partner, _oin(line), _what(line), "; ".join(_said(line, GROUNDS)))
    compared = table("at", "report of", "met by", title=f"{len(known.compared)} times compared in the radar")
    for line in known.compared:
        compared.add_row(_moment(line.at), line.partner, ", ".join(_said(line, RADAR).get("treffer", ())))
    beside = table(
        "at", "to", "what", "grounds", "case",
        title=f"{len(known.beside)} times told on a case, or of a report, that they are in, without naming them",
    )  # fmt: skip
    for one in known.beside:
        beside.add_row(_moment(one.at), one.to, one.what or "?", "; ".join(one.grounds), str(one.case or ""))
    looked = table("at", "command", "why", title=f"{len(known.looked)} looks of operators")
    for record in known.looked:
        looked.add_row(_moment(record.at), record.act.command, record.act.why.reason if record.act.why else "")
    yield from (told, beside, compared, looked)


def _said(line: ProcessingLine, attribute: str) -> Any:
    return line.attributes[attribute]


def _oin(line: ProcessingLine) -> str:
    return str(line.attributes[PROCESSOR]).rpartition(":")[2]


def _what(line: ProcessingLine) -> str:
    return line.name.partition(" ")[2]


def _moment(at: datetime) -> str:
    return f"{at.astimezone(AMSTERDAM):%Y-%m-%d %H:%M}"

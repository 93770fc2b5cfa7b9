"""`acts`: what operators did and looked at. Reading it is a look too."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.table import Table

from hub.canonical.acts import Act, Record
from hub.cli.common import AsJson, console, print_json, table
from hub.cli.days import FirstDay, LastDay, period
from hub.cli.recording import act
from hub.cli.running import look

SEVERAL = 5
About = Annotated[
    list[str] | None,
    typer.Option(help="Only about this: a case or a report on it, a message, a partner, a key; more than one: repeat."),
]


def add_to(root: typer.Typer) -> None:
    root.command()(acts)


def acts(first: FirstDay, last: LastDay, about: About = None, as_json: AsJson = False) -> None:
    """What operators did and looked at: who, from where, when, which command, about which ids, and why."""
    since, until = period(first, last)
    looked = act("acts", *(about or ()))
    found = look(
        lambda hub: hub.database.acts(since, until, about or ()), looked, lambda act, found: act.listing(len(found))
    )
    if as_json:
        print_json([as_said(one) for one in found])
    else:
        console().print(_drawn(found))


def as_said(one: Record) -> dict[str, Any]:
    """For machines."""
    said, by, why = one.act, one.act.by, one.act.why
    return {
        "at": one.at.isoformat(),
        "account": by.account,
        "osUser": by.os_user,
        "host": by.host,
        "origin": by.origin,
        "command": said.command,
        "ids": list(said.ids),
        "reason": why.reason.value if why else None,
        "reference": why.reference if why else None,
        "code": said.code,
        "shown": said.shown,
    }


def _drawn(found: Sequence[Record]) -> Table:
    drawn = table("at", "who", "from", "command", "about", "why", "ended with", title=f"{len(found)} acts and looks")
    for one in found:
        said, by, why = one.act, one.act.by, one.act.why
        who = by.account if by.account == by.os_user else f"{by.account} as {by.os_user}"
        where = f"{by.host}, {by.origin}" if by.origin else by.host
        ground = f"{why.reason} {why.reference}" if why else ""
        drawn.add_row(_moment(one.at), who, where, said.command, _about(said), ground, said.code or "")
    return drawn


def _about(said: Act) -> str:
    """Of a long list the first; `--json` has all."""
    more = [f"and {len(said.ids) - SEVERAL} more"] if len(said.ids) > SEVERAL else []
    shown = [] if said.shown is None else [f"({said.shown} shown)"]
    return " ".join((*said.ids[:SEVERAL], *more, *shown))


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"

"""`recover`: go on with a database that lacks what was committed, or is another one."""

from datetime import datetime
from typing import Annotated

import typer

from hub.app.hub import Hub
from hub.app.memory import newest
from hub.app.periods import recover_period
from hub.cli.common import console
from hub.cli.recording import act
from hub.cli.running import on_hub
from hub.errors import OperatorError
from hub.store.memory import Seen
from hub.store.recovery import LASTS, Found

EFFECT = (
    f"Every machine goes on with this database as it is. For {LASTS.days} days, while partners resend, expiry is not "
    "judged and steps wait for what they follow. Case versions lie above any that were said. "
    "The hub's secret keys count as this home saw them, and as the machines did that said here what they miss. "
    "It cannot be undone."
)

NO_PERIOD_KEY = "This machine has no period key. See the runbook, The key of the period: have another give it."


def add_to(root: typer.Typer) -> None:
    root.command()(recover)


def recover(yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Go on with a database that was restored, or lacks what this machine saw committed. Says what is missing first.

    Leave the hub running on the other machines: what they miss they say in the database, with the hub's keys as they
    saw them, and those come back too. Run it where the period key is. Workers wait for it and go on by themselves. Not
    for a standby that took over with everything: that is followed without it.
    """
    seen, found = on_hub(_found)
    out = console()
    for line in _said(seen, found):
        out.print(line, markup=False)
    out.print(EFFECT, markup=False)
    if not yes and not typer.confirm("Recover?"):
        raise OperatorError("not-recovered", "Nothing was changed.")
    number, until = on_hub(lambda hub: _recovered(hub, seen), act("recover"))
    out.print(f"Recovered ({number}), until {until:%Y-%m-%d %H:%M}Z. Ask every partner to resend the last 7 days.")


async def _found(hub: Hub) -> tuple[Seen | None, Found]:
    seen = newest(hub.settings.home)
    return seen, await hub.database.found(seen)


async def _recovered(hub: Hub, seen: Seen | None) -> tuple[int, datetime]:
    # Before it: once an operator has said so, workers go on at once.
    if await recover_period(hub) is None:
        console().print(NO_PERIOD_KEY, markup=False)
    return await hub.database.recover(seen, hub.act)


def _said(seen: Seen | None, found: Found) -> list[str]:
    last = f"{found.newest:%Y-%m-%d %H:%M:%S}Z" if found.newest else "none"
    have = f"The database: recovery {found.recovery}, directory {found.directory}, newest commit {last}."
    noted = f"Machines that miss something here saw: directory {found.noted}." if found.noted else None
    if seen is None:
        return [have, *([noted] if noted else ["This home has seen no database: what is missing is not known here."])]
    saw = f"{seen.at:%Y-%m-%d %H:%M:%S}Z" if seen.at else "none"
    mine = f"This home saw: recovery {seen.recovery}, directory {seen.directory}, newest commit {saw}."
    return [have, mine, *(f"  missing: {one}" for one in found.lost or ("nothing",))]

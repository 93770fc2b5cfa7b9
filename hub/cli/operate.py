"""`status` and `account`: whether the hub works, and whether its sum fits. Counts, codes, parties and times only."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated
from uuid import UUID

import typer

from hub.app import health
from hub.app.ages import age
from hub.app.hub import Hub
from hub.cli.common import AsJson, console, print_json, table
from hub.cli.recording import act
from hub.cli.running import look, on_hub
from hub.ids import MessageId
from hub.ops.logging import logger
from hub.store.account import Account
from hub.store.backlog import Backlog
from hub.store.lacks import Standing
from hub.telemetry import LogEvent

NOT_READY = 1
DOES_NOT_FIT = 1
GiveUp = Annotated[
    list[UUID] | None,
    typer.Option(help="A message of the hub, by its id: wait no longer for it. Tell the holder of its case."),
]


def add_to(root: typer.Typer) -> None:
    root.command()(status)
    root.command()(account)
    root.command()(awaiting)


def status(as_json: AsJson = False) -> None:
    """Whether the hub can do its work, and what waits. Exit 1 if it cannot."""
    found = on_hub(health.status)
    if as_json:
        queues = {
            partner: {name: asdict(depth) for name, depth in depths.items()} for partner, depths in found.queues.items()
        }
        state = {"ready": not found.unready, "unready": found.unready, "attention": found.attention}
        state |= {"lacks": [lack_as_json(one) for one in found.lacks]}
        state |= {"waiting": [_backlog_as_json(one, found.now) for one in found.backlogs]}
        print_json(state | {"numbers": found.numbers, "queues": queues})
    else:
        _show_status(found)
    raise SystemExit(NOT_READY if found.unready else 0)


def account(as_json: AsJson = False) -> None:
    """The sum of every delivery and its fate, from records written apart. Exit 1 if it does not fit."""
    found = on_hub(_account)
    if as_json:
        print_json(asdict(found) | {"fits": found.fits})
    else:
        _show_account(found)
    raise SystemExit(0 if found.fits else DOES_NOT_FIT)


def lack_as_json(one: Standing) -> dict[str, object]:
    said = {"code": one.lack.code, "about": one.lack.about, "since": one.since.isoformat(), "do": one.lack.sentence}
    return said | {"messages": one.messages, "acute": one.acute, "outgoing": one.outgoing}


def _backlog_as_json(one: Backlog, now: datetime | None) -> dict[str, object]:
    said = {"what": one.what, "code": one.code, "partner": one.partner, "lane": one.lane, "messages": one.number}
    seconds = {"seconds": round((now - one.since).total_seconds())} if now else {}
    return said | {"since": one.since.isoformat()} | seconds


def awaiting(give_up: GiveUp = None, as_json: AsJson = False) -> None:
    """What opens no more, as its key is gone, by case and partner: ask its sender to send that message again."""
    if give_up:
        given = act("awaiting --give-up", *give_up)
        number = on_hub(lambda hub: hub.database.give_up_gone([MessageId(one) for one in give_up], hub.act), given)
        logger().warning(LogEvent.CONTENT_GIVEN_UP, rows=number)
        console().print(f"{number} of {len(give_up)} are not waited for any more.")
        return
    found = look(
        lambda hub: hub.database.gone(),
        act("awaiting"),
        lambda act, found: act.listing(len(found), (id_ for one in found for id_ in (one.id, one.case) if id_)),
    )
    if as_json:
        print_json([asdict(one) for one in found])
        return
    shown = table("id", "sender", "its message", "case", "for", "type", "since")
    for one in found:
        words = (one.id, one.sender, one.message, one.case, one.recipient, one.type)
        shown.add_row(*(str(word or "") for word in words), f"{one.since:%Y-%m-%d %H:%M}Z")
    console().print(shown)


async def _account(hub: Hub) -> Account:
    return await hub.database.account()


def _show_status(found: health.Status) -> None:
    out = console()
    out.print("[bold green]ready[/]" if not found.unready else "[bold red]not ready[/]")
    for line in found.unready:
        out.print(f"  [red]![/] {line}")
    for line in found.attention:
        out.print(f"  [yellow]-[/] {line}")
    shown = table("queue", "waiting", "being read", "readers", title="Queues")
    for partner, depths in found.queues.items():
        for name, depth in depths.items():
            shown.add_row(f"{partner} {name}", str(depth.ready), str(depth.unacked), str(depth.consumers))
    waiting = table("what", "why", "partner", "lane", "how many", "the oldest", title="Waiting")
    for one in found.backlogs:
        old = age(found.now - one.since) if found.now else ""
        waiting.add_row(one.what, one.code, one.partner, one.lane, str(one.number), old)
    numbers = table("what", "how many", title="Database")
    for name, value in found.numbers.items():
        numbers.add_row(name.replace("_", " "), str(value))
    out.print(shown, waiting, numbers)


def _show_account(found: Account) -> None:
    out = console()
    fates = " + ".join(f"{number} {fate}" for fate, number in sorted(found.fates.items())) or "0"
    out.print(f"{found.deliveries} deliveries = {found.distinct} distinct + {found.duplicates} duplicates")
    out.print(f"{found.distinct} distinct = {fates}")
    received = "delivered", "accepted", "refused", "retry", "quarantine"
    shown = table("partner", *received, "sent to it", "of which stored", "replaced")
    for name, numbers in found.partners.items():
        columns = ("deliveries", "accepted", "rejected", "retry", "quarantined", "outgoing", "delivered", "replaced")
        shown.add_row(name, *(str(numbers.get(column, 0)) for column in columns))
    out.print(shown)
    if found.awaiting:
        out.print(f"{found.awaiting} await that their sender sends them again: see `ketenhub awaiting`.")
    for name, number in found.differences.items():
        out.print(f"[bold red]does not fit[/]: {name} {number}")
    if found.fits:
        out.print("[green]It fits.[/]")

"""`quarantine`: messages the hub could not decide, for an operator to judge. Their content stays closed."""

from typing import Annotated
from uuid import UUID

import typer
from rich.text import Text

from hub.app.configuration import setting_for
from hub.app.health import lacking
from hub.app.hub import Hub
from hub.app.keyfiles import KeyFiles
from hub.app.own_keys import check
from hub.canonical.hub_keys import KeyKind
from hub.cli.common import AsJson, console, new_group, print_json, table
from hub.cli.recording import act
from hub.cli.running import look, on_hub
from hub.errors import OperatorError
from hub.lanes.operator import discard as give_up
from hub.ops.logging import logger
from hub.ports import InboxRow, StoredDelivery
from hub.ports.periods import GONE
from hub.store.lacks import Standing
from hub.telemetry import LogEvent

RESEND = "have its sender send it again (`ketenhub awaiting`), or give it up (`quarantine discard`). Nothing was tried."
Ids = Annotated[list[UUID], typer.Argument(help="As `quarantine list` shows them.")]


def add_to(root: typer.Typer) -> None:
    made = new_group("Messages that could not be decided: look, try again, or give up.")
    for command in (list_, show, replay, discard):
        made.command(command.__name__.rstrip("_"))(command)
    root.add_typer(made, name="quarantine")


def list_(as_json: AsJson = False) -> None:
    """What is in quarantine, oldest first; and above it what waits by itself, by what it waits for."""
    found, lacks = look(
        _found, act("quarantine list"), lambda act, found: act.listing(len(found[0]), (row.id for row, _ in found[0]))
    )
    if as_json:
        print_json([_as_json(row, kept) for row, kept in found])
        return
    for one in lacks:
        console().print(Text(lacking(one)))
    shown = table("id", "partner", "message", "received", "code", "attempts", "bytes")
    for row, kept in found:
        received = f"{row.received_at:%Y-%m-%d %H:%M}Z"
        message = str(row.message or "")
        shown.add_row(
            str(row.id),
            row.partner,
            message,
            received,
            kept.code,
            str(kept.attempts),
            str(len(kept.payload.ciphertext)),
        )
    console().print(shown)


def show(id_: Annotated[UUID, typer.Argument(metavar="ID")]) -> None:
    """One of them, as JSON; its content stays closed."""
    print_json(_as_json(*look(lambda hub: _one(hub, id_), act("quarantine show", id_))))


def replay(ids: Ids) -> None:
    """Try again, with the original bytes. Asked twice, it happens once."""
    released = on_hub(lambda hub: _replay(hub, ids), act("quarantine replay", *ids))
    for id_ in released:
        logger().info(LogEvent.MESSAGE_REPLAYED, message=id_)
    print_json({"replayed": released, "notInQuarantine": [id_ for id_ in ids if id_ not in released]})


def discard(ids: Ids) -> None:
    """Give up: the sender is told `niet-verwerkt`, the bytes go, the hash stays."""
    print_json(on_hub(lambda hub: _discard(hub, ids), act("quarantine discard", *ids)))


async def _found(hub: Hub) -> tuple[list[tuple[InboxRow, StoredDelivery]], list[Standing]]:
    return await hub.database.store.quarantined(), await hub.database.lacking()


async def _one(hub: Hub, id_: UUID) -> tuple[InboxRow, StoredDelivery]:
    for row, kept in await hub.database.store.quarantined():
        if row.id == id_:
            return row, kept
    raise OperatorError("not-in-quarantine", "There is no such message in quarantine.")


async def _replay(hub: Hub, ids: list[UUID]) -> list[UUID]:
    found = await hub.database.store.quarantined()
    if gone := [str(row.id) for row, kept in found if row.id in ids and kept.payload.key_id == GONE]:
        raise OperatorError("content-gone", f"The key of {', '.join(gone)} is gone: {RESEND}")
    return await hub.database.store.release(ids, hub.act)


async def _discard(hub: Hub, ids: list[UUID]) -> dict[str, object]:
    await check(hub.database.store.directory, KeyFiles(hub.settings.home), [KeyKind.STORAGE, KeyKind.IDS])
    setting = setting_for("cli", hub.settings, hub.config)
    changes = await give_up(ids, hub.database.store, setting, hub.act)
    done = [row.id for row in changes.inbox]
    return {"discarded": done, "notInQuarantine": [id_ for id_ in ids if id_ not in done]}


def _as_json(row: InboxRow, kept: StoredDelivery) -> dict[str, object]:
    return {
        "id": row.id,
        "partner": row.partner,
        "message": row.message,
        "type": row.type,
        "receivedAt": row.received_at.isoformat(),
        "code": kept.code,
        "attempts": kept.attempts,
        "bytes": len(kept.payload.ciphertext),
        "hash": row.content_hash,
        "deadLetter": kept.dead,
    }

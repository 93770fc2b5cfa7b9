"""`key KIND`: the hub's own keys of one kind, one after the other (docs/decisions/0031)."""

from collections.abc import Callable
from typing import Annotated

import typer
from rich.table import Column, Table

from hub.app import rotation
from hub.canonical.hub_keys import KeyKind, KeyState
from hub.cli.common import AsJson, console, new_group, print_json
from hub.cli.running import on_hub

Key = Annotated[
    str,
    typer.Argument(metavar="KEY", help="The key's id, as `list` shows it; write -- before one that begins with -."),
]
STEPS = {
    KeyState.READ: "Have this key looked under, opened or revealed with, everywhere, from now on.",
    KeyState.WRITE: "Make what is new with this key from now on; what the other made is still read.",
    KeyState.RETIRED: "Use this key no longer; refused while something needs it.",
}
WORDS = {KeyState.RETIRED: "retire"}


def group(kind: KeyKind) -> typer.Typer:
    made = new_group(f"The hub's own {kind} keys: add one, bring it to every machine, read, write, retire the old one.")
    made.command("add", help="Make a key and announce it. Bring its file to every machine of the hub.")(_add(kind))
    for state, help_ in STEPS.items():
        made.command(WORDS.get(state, state.value), help=help_)(_move(kind, state))
    made.command("list", help="Its keys: their state, which machines lack it, how many rows need it.")(_list(kind))
    return made


def _add(kind: KeyKind) -> Callable[[], None]:
    def add() -> None:
        key, path = on_hub(lambda hub: rotation.add(hub, kind))
        print_json({"key": key.id, "file": str(path)})

    return add


def _move(kind: KeyKind, to: KeyState) -> Callable[[str], None]:
    def move(key: Key) -> None:
        changed = on_hub(lambda hub: rotation.move(hub, kind, key, to))
        console().print(f"{kind} key {key}: {to} (directory {changed.version}).")

    return move


def _list(kind: KeyKind) -> Callable[[bool], None]:
    def list_(as_json: AsJson = False) -> None:
        found = on_hub(lambda hub: rotation.listed(hub, kind))
        if as_json:
            print_json([_as_json(one) for one in found])
            return
        table = Table(Column("key", overflow="fold"), "state", "since", "here", "lacking", "rows")
        for one in found:
            since = f"{one.key.since:%Y-%m-%d}" if one.key.since else ""
            here = "yes" if one.here else "[red]no[/]"
            table.add_row(one.key.id, one.key.state.value, since, here, ", ".join(one.lacking), str(one.needed))
        console().print(table)

    return list_


def _as_json(one: rotation.Listed) -> dict[str, object]:
    return {
        "key": one.key.id,
        "state": one.key.state.value,
        "since": one.key.since.isoformat() if one.key.since else None,
        "here": one.here,
        "lacking": list(one.lacking),
        "rows": one.needed,
    }

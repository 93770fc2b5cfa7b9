"""`key radar`: the keys that the radar's pseudonyms are made with, one after the other (docs/decisions/0015)."""

from typing import Annotated

import typer
from rich.table import Table

from hub.app import radar
from hub.cli.common import AsJson, console, new_group, print_json
from hub.cli.running import on_hub

Key = Annotated[
    str,
    typer.Argument(
        metavar="KEY", help="The key's id, as `key radar list` shows it; write -- before one that begins with -."
    ),
]


def group() -> typer.Typer:
    made = new_group("The radar's keys: add one, write with it, and retire the old one when its entries have lapsed.")
    for command in (add, write, retire, list_):
        made.command(command.__name__.rstrip("_"))(command)
    return made


def add() -> None:
    """Make a key that the radar looks under from now on. Bring its file to every machine of the hub at once."""
    key, path = on_hub(radar.add_key)
    print_json({"key": key, "file": str(path)})


def write(key: Key) -> None:
    """Make new pseudonyms with this key from now on; what was made with the other is still found."""
    changed = on_hub(lambda hub: radar.write_with(hub, key))
    console().print(f"The radar writes with {key} (directory {changed.version}).")


def retire(key: Key) -> None:
    """Look under this key no longer; refused while something that it made can be found."""
    changed = on_hub(lambda hub: radar.retire_key(hub, key))
    console().print(f"{key} is retired (directory {changed.version}); its file may go.")


def list_(as_json: AsJson = False) -> None:
    """The keys that are read: which one writes, whether this machine has it, how many entries need it."""
    found = on_hub(radar.keys)
    if as_json:
        print_json([{"key": one.id, "writes": one.writes, "here": one.here, "entries": one.entries} for one in found])
        return
    table = Table("key", "writes", "here", "entries")
    for one in found:
        table.add_row(one.id, "yes" if one.writes else "", "yes" if one.here else "[red]no[/]", str(one.entries))
    console().print(table)

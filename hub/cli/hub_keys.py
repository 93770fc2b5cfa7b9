"""`key KIND`: the hub's own keys of one kind, one after the other (docs/decisions/0031)."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from hub.app import rotation
from hub.canonical.hub_keys import KeyKind, KeyState
from hub.cli.common import AsJson, console, new_group, print_json, table
from hub.cli.recording import act
from hub.cli.running import on_hub
from hub.routing.hub_keys import STEPS_OF
from hub.routing.suite_keys import SUITE_KINDS

Key = Annotated[
    str,
    typer.Argument(metavar="KEY", help="The key's id, as `list` shows it; write -- before one that begins with -."),
]
File = Annotated[Path | None, typer.Option(help="Not a new key: one that a restored database has lost.")]
AtOnce = Annotated[bool, typer.Option("--at-once", help="Whatever partners have or need: for a key that is stolen.")]
STEPS = {
    KeyState.READ: "Have this key looked under, opened or revealed with, everywhere, from now on.",
    KeyState.WRITE: "Make what is new with this key from now on; what the other made is still read.",
    KeyState.RETIRED: "Use this key no longer; refused while something needs it.",
}
WORDS = {KeyState.RETIRED: "retire"}


def group(kind: KeyKind) -> typer.Typer:
    made = new_group(f"The hub's own {kind} keys: add one, bring it to every machine, read, write, retire the old one.")
    partners = kind in SUITE_KINDS
    made.command("add", help="Make a key and announce it. Bring its file to every machine of the hub.")(
        _add_any(kind) if partners else _add(kind)
    )
    taken = frozenset[KeyState]().union(*STEPS_OF[kind].values())
    for state, help_ in ((state, help_) for state, help_ in STEPS.items() if state in taken):
        step = _move_told(kind, state) if partners and state is not KeyState.READ else _move(kind, state)
        made.command(WORDS.get(state, state.value), help=help_)(step)
    made.command("list", help="Its keys: their state, who lacks it, how many rows need it.")(_list(kind))
    return made


def _add(kind: KeyKind) -> Callable[[], None]:
    return lambda: _added(kind)


def _add_any(kind: KeyKind) -> Callable[[Path | None], None]:
    def add(file: File = None) -> None:
        _added(kind, file)

    return add


def _added(kind: KeyKind, file: Path | None = None) -> None:
    key, path = on_hub(lambda hub: rotation.add(hub, kind, file), act(f"key {kind} add"))
    print_json({"key": key.id, "file": str(path)})


def _move(kind: KeyKind, to: KeyState) -> Callable[[str], None]:
    def move(key: Key) -> None:
        _moved(kind, key, to)

    return move


def _move_told(kind: KeyKind, to: KeyState) -> Callable[[str, bool], None]:
    def move(key: Key, at_once: AtOnce = False) -> None:
        _moved(kind, key, to, at_once=at_once)

    return move


def _moved(kind: KeyKind, key: str, to: KeyState, *, at_once: bool = False) -> None:
    step = act(f"key {kind} {WORDS.get(to, to.value)}", key)
    changed = on_hub(lambda hub: rotation.move(hub, kind, key, to, at_once=at_once), step)
    console().print(f"{kind} key {key}: {to} (directory {changed.version}).")


def _list(kind: KeyKind) -> Callable[[bool], None]:
    def list_(as_json: AsJson = False) -> None:
        found = on_hub(lambda hub: rotation.listed(hub, kind))
        if as_json:
            print_json([_as_json(one) for one in found])
            return
        shown = table("key", "state", "since", "here", "lacking", "rows", "untaken by")
        for one in found:
            since = f"{one.key.since:%Y-%m-%d}" if one.key.since else ""
            here = "yes" if one.here else "[red]no[/]"
            who = ", ".join(one.lacking), str(one.needed), ", ".join(one.untaken)
            shown.add_row(one.key.id, one.key.state.value, since, here, *who)
        console().print(shown)

    return list_


def _as_json(one: rotation.Listed) -> dict[str, object]:
    return {
        "key": one.key.id,
        "state": one.key.state.value,
        "since": one.key.since.isoformat() if one.key.since else None,
        "here": one.here,
        "lacking": list(one.lacking),
        "rows": one.needed,
        "untaken": list(one.untaken),
    }

"""The generated tables of docs/runbook.md: the log events, with whether they are logged; what is recorded, and why."""

import re
from collections.abc import Iterator, Mapping

from hub.canonical.acts import MEANINGS, Reason
from hub.canonical.hub_keys import KeyKind
from hub.cli.recording import COMMANDS, OF_A_KIND, Kind
from hub.telemetry import LogEvent
from scripts.pages.tables import ROOT, coded, filled, table

_USE = re.compile(r"LogEvent\.([A-Z_]+)")


def runbook_page() -> str:
    return filled(
        "docs/runbook.md", {"events": _events, "events-declared": _declared, "reasons": _reasons, "acts": _acts}
    )


def _events() -> Iterator[str]:
    rows = ((f"`{one.value}`", one.meaning, coded(sorted(one.fields))) for one in LogEvent if one.name in _used())
    return table(("event", "meaning", "fields"), rows)


def _declared() -> Iterator[str]:
    unused = [one.value for one in LogEvent if one.name not in _used()]
    yield f"Declared and not logged by anything yet: {coded(unused)}." if unused else "Every declared event is logged."
    yield ""


def _reasons() -> Iterator[str]:
    return table(("code", "why"), ((f"`{one}`", MEANINGS[one]) for one in Reason))


def _acts() -> Iterator[str]:
    """By how they are recorded; the commands on a kind of key once."""
    kinds = tuple(f"key {kind} " for kind in KeyKind)
    own = {name: how for name, how in COMMANDS.items() if not name.startswith(kinds)}
    every = own | {f"key KIND {step}": how for step, how in OF_A_KIND.items()}
    hows = dict.fromkeys((*Kind, *(how for how in every.values() if not isinstance(how, Kind))))
    rows = ((how if isinstance(how, Kind) else f"not recorded: {how}", coded(_named(every, how))) for how in hows)
    return table(("recorded", "commands"), rows)


def _named(every: Mapping[str, Kind | str], how: Kind | str) -> Iterator[str]:
    return (name for name, said in every.items() if said == how)


def _used() -> set[str]:
    files = [path for path in (ROOT / "hub").rglob("*.py") if path.name != "telemetry.py"]
    return {name for path in files for name in _USE.findall(path.read_text(encoding="utf-8"))}

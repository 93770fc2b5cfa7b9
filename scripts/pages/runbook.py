"""The generated tables of docs/runbook.md: the log events, with whether the code logs them yet."""

import re
from collections.abc import Iterator

from hub.telemetry import LogEvent
from scripts.pages.tables import ROOT, coded, filled, table

_USE = re.compile(r"LogEvent\.([A-Z_]+)")


def runbook_page() -> str:
    return filled("docs/runbook.md", {"events": _events, "events-declared": _declared})


def _events() -> Iterator[str]:
    rows = ((f"`{one.value}`", one.meaning, coded(sorted(one.fields))) for one in LogEvent if one.name in _used())
    return table(("event", "meaning", "fields"), rows)


def _declared() -> Iterator[str]:
    unused = [one.value for one in LogEvent if one.name not in _used()]
    yield f"Declared and not logged by anything yet: {coded(unused)}." if unused else "Every declared event is logged."
    yield ""


def _used() -> set[str]:
    files = [path for path in (ROOT / "hub").rglob("*.py") if path.name != "telemetry.py"]
    return {name for path in files for name in _USE.findall(path.read_text(encoding="utf-8"))}

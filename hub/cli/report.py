"""`report`: what a region counts by month, as a chart and tables or as CSV. Numbers only; small ones are masked."""

import csv
import re
import sys
from collections.abc import Iterator, Sequence
from io import StringIO
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from hub.app.hub import Hub
from hub.cli.common import console, print_json, table
from hub.cli.masking import Figure, shown, total
from hub.cli.running import on_hub
from hub.errors import OperatorError
from hub.ports import Count

COLUMNS = ("regio", "maand", "type", "rol", "uitkomst", "termijn", "aantal")
STANDARD_OUTPUT = Path("-")
BAR = 26
"""Columns of the longest bar: with the longest type and number a line stays within 80."""
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")

FirstMonth = Annotated[str, typer.Option("--from", metavar="YYYY-MM", help="The first month.")]
LastMonth = Annotated[str, typer.Option("--to", metavar="YYYY-MM", help="The last month.")]
OneRegion = Annotated[str | None, typer.Option("--region", help="Only this region; without it, each by itself.")]
CsvFile = Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write CSV to this file, or to - .")]


def add_to(root: typer.Typer) -> None:
    root.command()(report)


def report(first: FirstMonth, last: LastMonth, region: OneRegion = None, csv_file: CsvFile = None) -> None:
    """What was reported, assessed, offered and closed in a period, by region. Fewer than 5 is shown as <5."""
    _check_months(first, last)
    cells = on_hub(lambda hub: _cells(hub, first, last, region))
    if csv_file is None:
        console().print(drawn(cells, first, last))
    elif csv_file == STANDARD_OUTPUT:
        sys.stdout.write(as_csv(cells))
    else:
        _write(csv_file, as_csv(cells))
        print_json({"file": str(csv_file), "rows": len(cells)})


def as_csv(cells: Sequence[Count]) -> str:
    """One row a cell, masked; no totals, as a spreadsheet adds up what it is given."""
    text = StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    rows.writerows((one.region, one.month, one.type, one.role, one.outcome, one.within, shown(one)) for one in cells)
    return text.getvalue()


def drawn(cells: Sequence[Count], first: str, last: str) -> RenderableType:
    """Each region by itself: a bar for each month and type, then a table for each type."""
    if not cells:
        return Text(f"Nothing was counted from {first} to {last}.")
    by_region = groupby(sorted(cells, key=lambda one: one.region), key=lambda one: one.region)
    return Group(*(part for region, own in by_region for part in _region(f"{region}, {first} to {last}", list(own))))


def _region(title: str, cells: Sequence[Count]) -> Iterator[RenderableType]:
    yield Text(f"\nRegion {title}", style="bold")
    yield _chart(cells)
    by_type = groupby(sorted(cells, key=lambda one: (one.type, one.month)), key=lambda one: one.type)
    yield from (_table(type_, list(own)) for type_, own in by_type)


def _chart(cells: Sequence[Count]) -> Table:
    by_month = groupby(sorted(cells, key=_month_and_type), key=_month_and_type)
    bars = [(month, type_, total(own)) for (month, type_), own in by_month]
    longest = max(figure.most for _, _, figure in bars)
    chart = _plain("month", "type", "", "")
    seen = ""
    for month, type_, figure in bars:
        chart.add_row(month if month != seen else "", type_, _bar(figure, longest), str(figure))
        seen = month
    return chart


def _bar(figure: Figure, longest: int) -> Text:
    """As long as the number; light where it is only known to lie between two."""
    least, most = (-(-number * BAR // longest) for number in (figure.least, figure.most))
    return Text("█" * least, style="cyan") + Text("░" * (most - least), style="dim")


def _table(type_: str, cells: Sequence[Count]) -> Table:
    made = _plain("month", "role", "outcome", "term")
    made.title, made.title_justify, made.title_style = f"\n{type_}", "left", "bold"
    made.add_column("number", justify="right")
    for one in cells:
        made.add_row(one.month, one.role, one.outcome, one.within, str(shown(one)))
    made.add_row("total", "", "", "", str(total(cells)), style="bold")
    return made


def _plain(*headers: str) -> Table:
    return table(*headers, box=None, padding=(0, 1, 0, 0))


def _month_and_type(one: Count) -> tuple[str, str]:
    return one.month, one.type


async def _cells(hub: Hub, first: str, last: str, region: str | None) -> list[Count]:
    found = await hub.database.counts(first, last)
    if region is None:
        return found
    known = (await hub.database.store.directory()).regions
    own = [one for one in found if one.region == region]
    if not own and region not in known:
        raise OperatorError("region-unknown", f"There is no region {region}; there are {', '.join(known)}.")
    return own


def _check_months(first: str, last: str) -> None:
    if not (_MONTH.fullmatch(first) and _MONTH.fullmatch(last)):
        raise OperatorError("month-unknown", "Write the months as in --from 2026-01 --to 2026-12.")
    if last < first:
        raise OperatorError("months-turned", f"{last} is before {first}: write the earlier month as --from.")


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as exc:
        raise OperatorError("file-unwritable", f"{path}: cannot be written.") from exc

"""A period of days, as an operator types it."""

import re
from datetime import date, datetime, time, timedelta
from typing import Annotated

import typer

from hub.cases.calendar import AMSTERDAM
from hub.errors import OperatorError

_DAY = re.compile("20[0-9]{2}-[0-9]{2}-[0-9]{2}")

FirstDay = Annotated[str, typer.Option("--from", metavar="YYYY-MM-DD", help="The first day, in the Netherlands.")]
LastDay = Annotated[str, typer.Option("--to", metavar="YYYY-MM-DD", help="The last day.")]


def period(first: str, last: str) -> tuple[datetime, datetime]:
    """From the first moment of the first day until before the one after the last."""
    start, end = _day(first), _day(last) + timedelta(days=1)
    if end <= start:
        raise OperatorError("days-turned", f"{last} is before {first}: write the earlier day as --from.")
    return datetime.combine(start, time(), AMSTERDAM), datetime.combine(end, time(), AMSTERDAM)


def _day(text: str) -> date:
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise OperatorError("day-unknown", "Write the days as in --from 2026-01-01 --to 2026-12-31.")

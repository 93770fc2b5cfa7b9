"""`processing-log`: who was told about whom and on which ground, a JSON object a line, in the fields of the LDV."""

import re
from contextlib import aclosing
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

import typer

from hub.app.hub import Hub
from hub.cases.calendar import AMSTERDAM
from hub.cli.common import print_json
from hub.cli.running import on_hub
from hub.errors import OperatorError
from hub.ids import PartnerId
from hub.ports import ProcessingLine

RESOURCE = {"service.name": "ketenhub"}
DONE = "Ok"
"""LDV's word; what was not done was rolled back, its lines too."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = re.compile("20[0-9]{2}-[0-9]{2}-[0-9]{2}")

FirstDay = Annotated[str, typer.Option("--from", metavar="YYYY-MM-DD", help="The first day, in the Netherlands.")]
LastDay = Annotated[str, typer.Option("--to", metavar="YYYY-MM-DD", help="The last day.")]
OnePartner = Annotated[str | None, typer.Option("--partner", metavar="P", help="Only what this partner was told.")]


def add_to(root: typer.Typer) -> None:
    root.command("processing-log")(processing_log)


def processing_log(first: FirstDay, last: LastDay, partner: OnePartner = None) -> None:
    """The log of disclosures: who was told about whom (a pseudonym) and on which ground. JSON, a line each."""
    start, end = _period(first, last)
    on_hub(lambda hub: _print(hub, start, end, PartnerId(partner) if partner is not None else None))


def as_json(line: ProcessingLine) -> dict[str, Any]:
    """A line as LDV has it: times in milliseconds since 1970."""
    moment = (line.at - _EPOCH) // timedelta(milliseconds=1)
    parent = {"parent_span_id": line.parent_span_id} if line.parent_span_id else {}
    return {
        "trace_id": line.trace_id,
        "span_id": line.span_id,
        **parent,
        "name": line.name,
        "start_time": moment,
        "end_time": moment,
        "status": DONE,
        "attributes": dict(line.attributes),
        "resource": RESOURCE,
    }


async def _print(hub: Hub, start: datetime, end: datetime, partner: PartnerId | None) -> None:
    known = (await hub.database.store.directory()).partners
    if partner is not None and partner not in known:
        raise OperatorError("partner-unknown", f"There is no such partner; the directory knows {', '.join(known)}.")
    # Closed here also when nobody reads on: a reader such as `head` leaves in the middle.
    async with aclosing(hub.database.processing_log(start, end, partner)) as lines:
        async for line in lines:
            print_json(as_json(line))


def _period(first: str, last: str) -> tuple[datetime, datetime]:
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

"""`processing-log`: who was told about whom and on which ground, a JSON object a line, in the fields of the LDV."""

from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from hub.app.hub import Hub
from hub.cli.common import print_json
from hub.cli.days import FirstDay, LastDay, period
from hub.cli.recording import act
from hub.cli.running import on_hub
from hub.errors import OperatorError
from hub.ids import PartnerId
from hub.ports import ProcessingLine

RESOURCE = {"service.name": "ketenhub"}
DONE = "Ok"
"""LDV's word; what was not done was rolled back, its lines too."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

OnePartner = Annotated[str | None, typer.Option("--partner", metavar="P", help="Only what this partner was told.")]


def add_to(root: typer.Typer) -> None:
    root.command("processing-log")(processing_log)


def processing_log(first: FirstDay, last: LastDay, partner: OnePartner = None) -> None:
    """The log of disclosures: who was told about whom (a pseudonym) and on which ground. JSON, a line each."""
    start, end = period(first, last)
    only = PartnerId(partner) if partner is not None else None
    on_hub(lambda hub: _print(hub, start, end, only), act("processing-log", first, last, partner))


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
    await hub.record_list(await hub.database.lines_of(start, end, partner))
    # Closed here also when nobody reads on: a reader such as `head` leaves in the middle.
    async with aclosing(hub.database.processing_log(start, end, partner)) as lines:
        async for line in lines:
            print_json(as_json(line))

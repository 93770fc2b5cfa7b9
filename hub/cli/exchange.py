"""`send` and `receive`: the partner's side, with its keys and address under `KETENHUB_HOME/partners/P`."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from hub.canonical.codes import Lane
from hub.cli.common import log_to_stderr, print_json, read_text, settings
from hub.errors import OperatorError
from hub.partner import commands

Partner = Annotated[str, typer.Option("--as", metavar="P", help="Who sends or receives.")]


def add_to(root: typer.Typer) -> None:
    root.command()(send)
    root.command()(receive)


def send(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The message's data, as JSON; - for standard input.")],
    partner: Partner,
    type_: Annotated[str, typer.Option("--type", help="group.name, or the whole wire type.")],
    lane: Annotated[Lane, typer.Option(help="Its urgency.")] = Lane.ROUTINE,
    zaak: Annotated[UUID | None, typer.Option(help="The correlationid: the case, or your own report.")] = None,
    causation: Annotated[UUID | None, typer.Option(help="The message that this one answers or follows.")] = None,
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait for the hub's answer.")] = 30.0,
) -> None:
    """Send one message and print the hub's answer. Exit 0 accepted, 3 refused, 4 no answer in time."""
    log_to_stderr()
    data = _data(file)
    code, answer = asyncio.run(commands.send(_folder(partner), type_, data, lane, zaak, causation, wait))
    print_json(answer)
    raise SystemExit(code)


def receive(
    partner: Partner,
    seconds: Annotated[float | None, typer.Option(min=0, help="How long; default: until Ctrl-C.")] = None,
) -> None:
    """Print one opened event a line; each is acknowledged, and answered with `verwerkt`, once it is printed."""
    log_to_stderr()
    asyncio.run(_receive(_folder(partner), seconds))


async def _receive(folder: Path, seconds: float | None) -> None:
    async for event in commands.receive(folder, seconds):
        print_json(event)
        sys.stdout.flush()


def _folder(partner: str) -> Path:
    return settings().home / "partners" / partner


def _data(file: Path) -> dict[str, Any]:
    text = sys.stdin.read() if str(file) == "-" else read_text(file)
    try:
        found = json.loads(text)
    except ValueError as exc:
        raise OperatorError("file-not-json", f"{file}: is not JSON.") from exc
    if not isinstance(found, dict):
        raise OperatorError("file-not-object", f"{file}: a message's data is a JSON object.")
    return found

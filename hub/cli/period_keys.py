"""`key period`: how a machine gets the key under which content waits (docs/decisions/0037)."""

import sys
from typing import Annotated

import typer

from hub.app import periods
from hub.cli.common import console, new_group, print_json, settings
from hub.cli.recording import act
from hub.cli.running import on_hub
from hub.errors import OperatorError

IKnow = Annotated[bool, typer.Option("--i-know", help="Do it; otherwise it only says what would be lost.")]


def group() -> typer.Typer:
    made = new_group("The key of the period: asked for by a machine that lacks it, given by one that has it.")
    for command in (request, give, take, begin):
        made.command(command.__name__)(command)
    return made


def request() -> None:
    """On the machine that lacks the key: show the public key to give it to. It is good for one answer."""
    sys.stdout.write(periods.request(settings().home) + "\n")


def give() -> None:
    """On a machine that runs: read a request from standard input, and show the key for that machine alone."""
    asked = sys.stdin.read()
    sys.stdout.write(on_hub(lambda hub: periods.give(hub, asked), act("key period give")) + "\n")


def take() -> None:
    """On the machine that asked: read what `give` showed from standard input, and have the key."""
    given = sys.stdin.read()
    period = on_hub(lambda hub: periods.take(hub, given), act("key period take"))
    print_json({"chain": period.chain, "step": period.step})


def begin(i_know: IKnow = False) -> None:
    """When no machine has the key any more: begin a new chain. What waits opens no more, until it is sent again."""
    begun = act("key period begin --i-know") if i_know else None
    lost = on_hub(lambda hub: periods.begin_anew(hub, sure=i_know), begun)
    numbers = ", ".join(f"{number} {place.value}" for place, number in lost.items())
    if not i_know:
        sentence = f"This would leave unreadable: {numbers}. Run it again with --i-know if no machine has the key."
        raise OperatorError("period-begin", sentence)
    console().print(
        f"A new chain has begun; unreadable: {numbers}. Start `ketenhub serve`, then see `ketenhub awaiting`."
    )

"""One fake partner at work: it listens to the hub all the time, and does what its director says.

The director's commands come as lines of JSON, `{"do": action, ...}`. `account` says the sum of the books, `stop` ends;
so does the end of the input: a fake partner does not outlive its director.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import NoReturn, Protocol

from hub.canonical.partners import Role
from hub.ids import Oin
from hub.partner.client import Client, Tools, connected
from hub.partner.messages import DELAY, PROCESSED, UNANSWERED, Received
from hub.partner.profile import Profile
from hub.simulator.receivers import ChildProtection, LocalTeam
from hub.simulator.reporters import Reporter
from hub.simulator.stage import Line, Stage
from hub.simulator.triage import Triage


class Part(Protocol):
    """What a role does: `on` a message of the hub, and when told to."""

    @property
    def actions(self) -> Mapping[str, Callable[[Line], Awaitable[None]]]: ...

    async def on(self, message: Received) -> None: ...


PARTS: Mapping[Role, Callable[[Stage], Part]] = {
    Role.POLICE: Reporter,
    Role.PROSECUTION: Reporter,
    Role.CHILD_PROTECTION: ChildProtection,
    Role.PROBATION: Reporter,
    Role.VEILIG_THUIS: Triage,
    Role.LOCAL_TEAM: LocalTeam,
}


class _CurtainError(Exception):
    """Ends the play: what is still going on is cut off."""


async def play(
    profile: Profile,
    addresses: Mapping[Role, Oin],
    tools: Tools,
    say: Callable[[Line], None],
    commands: AsyncIterator[str],
) -> None:
    """Play a partner until told to stop. Raises, in a group, what the client raises."""
    try:
        async with connected(profile, tools) as client, asyncio.TaskGroup() as tasks:
            stage = Stage(client, tools, say, addresses)
            part = PARTS[profile.role](stage)
            tasks.create_task(_listen(client, stage, part, tasks))
            stage.tell("ready")
            await _obey(commands, stage, part)
    except* _CurtainError:
        pass


async def _listen(client: Client, stage: Stage, part: Part, tasks: asyncio.TaskGroup) -> None:
    """A message counts as processed at once: what it sets off goes on beside it, and waits for answers of its own."""
    async for message in client.receive():
        if message.type not in UNANSWERED:
            stage.heard(message, quiet=isinstance(part, Triage) and part.is_quiet(message))
            tasks.create_task(part.on(message))
        elif message.type == DELAY or _refuses_confirmation(client, message):
            stage.heard(message)


def _refuses_confirmation(client: Client, message: Received) -> bool:
    """Nobody waits for the answer to a `verwerkt`: a refusal of one would go unseen."""
    letter = client.books.letter(message.data["bericht"]) if "bericht" in message.data else None
    return letter is not None and letter.type == PROCESSED


async def _obey(commands: AsyncIterator[str], stage: Stage, part: Part) -> NoReturn:
    async for text in commands:
        command: Line = json.loads(text)
        action = command["do"]
        if action == "stop":
            break
        if action == "account":
            stage.tell("account", **asdict(stage.client.books.account()))
        else:
            await part.actions[action](command)
    raise _CurtainError

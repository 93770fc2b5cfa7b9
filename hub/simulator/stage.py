"""What every fake partner plays on: a client, the others' numbers, and a line of JSON for each thing it does.

A line holds codes, ids and OINs, never content:

    {"at": ..., "who": id, "did": "sent" | "answered" | "heard" | ..., "type": "group.name", "id": ..., "lane": ...,
     "case": ..., "holder": OIN, "about": report or handover, "code": ..., "fields": [...], "quiet": true}

`answered` is the hub's receipt or refusal of a message of ours, `heard` a message of the hub. What is not known is
absent.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from hub.canonical.codes import Lane
from hub.canonical.partners import Role
from hub.errors import BrokerAway, Unconfirmed
from hub.ids import MessageId, Oin
from hub.partner.books import Answer
from hub.partner.client import Client, Tools
from hub.partner.messages import Draft, Received
from hub.schemas.message import VERSION, WIRE_PREFIX, wire_type
from hub.schemas.texts import moment_text

PATIENCE = 120.0
"""Seconds that a fake partner waits for an answer."""
RESEND_AFTER = 10.0

Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stage:
    """Attributes:
    say: takes a line.
    addresses: the organisations this partner has to do with.
    """

    client: Client
    tools: Tools
    say: Callable[[Line], None]
    addresses: Mapping[Role, Oin]

    def tell(self, did: str, **facts: Any) -> None:
        """Say one line; what is `None` or false is left out."""
        begin = {"at": moment_text(self.tools.clock()), "who": self.client.profile.id, "did": did}
        self.say(begin | {name: fact for name, fact in facts.items() if fact is not None and fact is not False})

    async def ask(
        self,
        name: str,
        data: dict[str, Any],
        lane: Lane = Lane.ROUTINE,
        case: UUID | None = None,
        cause: UUID | None = None,
        *,
        quiet: bool = False,
    ) -> tuple[MessageId, Answer | None]:
        """Send, and send again until there is an answer; its id, and the answer."""
        id_ = self.client.write_down(Draft(wire_type(name), data, lane, case, cause))
        about = data.get("overdracht") or data.get("melding")
        self.tell("sent", type=name, id=str(id_), lane=lane, case=case and str(case), about=about, quiet=quiet)
        with suppress(Unconfirmed, BrokerAway):  # it is sent again below
            await self.client.resend(id_)
        answer = await self.client.wait_for_answer(id_, PATIENCE, RESEND_AFTER)
        self.answered(name, id_, answer, quiet=quiet)
        return id_, answer

    def answered(self, name: str, id_: UUID, answer: Answer | None, *, quiet: bool = False, **more: Any) -> None:
        facts: dict[str, Any] = {"type": name, "id": str(id_), "quiet": quiet} | more
        if answer is None:
            self.tell("unanswered", **facts)
            return
        case = answer.reference and str(answer.reference)
        self.tell(
            "answered", **facts, answer=str(answer.id), case=case, code=answer.code, fields=list(answer.fields) or None
        )

    def heard(self, message: Received, *, quiet: bool = False) -> None:
        data, event = message.data, message.event
        self.tell(
            "heard",
            type=short(message.type),
            id=str(message.id),
            lane=event.urgentie,
            case=event.correlationid and str(event.correlationid),
            holder=data.get("houder") if message.current else None,
            version=message.version,
            about=data.get("overdracht") or _report(data),
            code=data.get("code") or data.get("reden") or data.get("uitkomst") or data.get("status"),
            quiet=quiet,
        )


def short(type_: str) -> str:
    """`group.name` of a wire type."""
    return type_.removeprefix(WIRE_PREFIX).removesuffix(f".{VERSION}")


def _report(data: Mapping[str, Any]) -> str | None:
    """The report's number, if there is one: where it is presented, the report is an object."""
    report = data.get("melding")
    return report["nummer"] if isinstance(report, dict) else report

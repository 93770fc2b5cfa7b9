"""Those who report: police, prosecution, child protection, probation. What they do when the director says so.

Besides an honest report they try what goes wrong in real life: the same message twice, a field that is not right, a
message signed with somebody else's key, a backlog with an acute report behind it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

from hub.canonical.codes import Lane
from hub.canonical.partners import Role
from hub.ids import MessageId
from hub.partner.messages import Draft, Received
from hub.partner.profile import signing_key
from hub.schemas.message import wire_type
from hub.schemas.samples import sample
from hub.simulator.people import strangers
from hub.simulator.stage import PATIENCE, Line, Stage

REPORTS = {
    Role.POLICE: "meldingen.zorgmelding",
    Role.PROSECUTION: "meldingen.strafrechtelijk-bericht",
    Role.CHILD_PROTECTION: "meldingen.raadsbericht",
    Role.PROBATION: "meldingen.reclasseringssignaal",
}
FAMILIES_EACH = 500
BACKLOG = "ACHTERSTAND"
"""Begin of the sender's own number of a report that is there to be a backlog."""


class Reporter:
    """One reporter; each action is called by its name, with the director's command."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        role = stage.client.profile.role
        self._name = REPORTS[role]
        # Each report is about a family of its own, so that each scene has a case of its own.
        self._families = count(list(REPORTS).index(role) * FAMILIES_EACH)
        self._last: MessageId | None = None

    @property
    def actions(self) -> Mapping[str, Callable[[Line], Awaitable[None]]]:
        return {
            "report": self.report,
            "duplicate": self.duplicate,
            "bad-field": self.bad_field,
            "foreign-key": self.foreign_key,
            "overtake": self.overtake,
        }

    async def on(self, message: Received) -> None:
        """What a reporter hears is feedback; there is nothing to do about it."""

    async def report(self, _: Line) -> None:
        self._last, _answer = await self.stage.ask(self._name, self._data())

    async def duplicate(self, _: Line) -> None:
        """The last report again, as after a lost receipt: `same` if the same receipt comes again."""
        client = self.stage.client
        assert self._last is not None, "there is a report to send again"
        answer = client.books.answer(self._last)
        assert answer is not None, "it was answered"
        before = client.books.copies_received(answer.id)
        self.stage.tell("sent", type=self._name, id=str(self._last), lane=Lane.ROUTINE, again=True)
        await client.resend(self._last)
        same = await _came_true(lambda: client.books.copies_received(answer.id) > before)
        self.stage.answered(self._name, self._last, answer, same=same, again=True)

    async def bad_field(self, _: Line) -> None:
        """A municipality by its name, where its code belongs."""
        await self.stage.ask(self._name, self._data() | {"gemeente": "Den Haag"})

    async def foreign_key(self, command: Line) -> None:
        """A report signed with the key in the file `key`: another partner's."""
        client = self.stage.client
        draft = Draft(wire_type(self._name), self._data())
        id_ = await client.send(draft, signing=signing_key(Path(command["key"])))
        self.stage.tell("sent", type=self._name, id=str(id_), lane=Lane.ROUTINE, foreign=True)
        self.stage.answered(self._name, id_, await client.wait_for_answer(id_, PATIENCE))

    async def overtake(self, command: Line) -> None:
        """`count` routine reports in one go, and behind them an acute one: `overtaken` is how many it was before.

        Judged by the hub's own clock in the receipts (`ontvangenOp`), so that no waiting room of ours counts.
        """
        many = int(command["count"])
        drafts = [self._draft({"kenmerk": f"{BACKLOG}-{number + 1}"}) for number in range(many)]
        ids = [self.stage.client.write_down(draft) for draft in (*drafts, self._draft({}, Lane.ACUTE))]
        self.stage.tell("sent", type=self._name, count=many, lane=Lane.ROUTINE)
        self.stage.tell("sent", type=self._name, id=str(ids[-1]), lane=Lane.ACUTE)
        await self._in_one_go(ids)
        moments = [await self._accepted_at(id_) for id_ in ids]
        acute = self.stage.client.books.answer(ids[-1])
        self.stage.answered(self._name, ids[-1], acute)
        self.stage.tell(
            "overtook",
            type=self._name,
            id=str(ids[-1]),
            count=sum(moment is not None for moment in moments[:-1]),
            overtaken=sum(moment is not None and moment > (moments[-1] or moment) for moment in moments[:-1]),
        )

    def _draft(self, changes: dict[str, Any], lane: Lane = Lane.ROUTINE) -> Draft:
        return Draft(wire_type(self._name), self._data() | changes, lane)

    def _data(self) -> dict[str, Any]:
        return strangers(sample(self._name), next(self._families))

    async def _in_one_go(self, ids: list[MessageId]) -> None:
        """Sealed before the first is published, so that the hub has no time to keep up."""
        client = self.stage.client
        bodies = [(id_, client.sealed(id_)) for id_ in ids]
        await asyncio.gather(*(client.publish(id_, body) for id_, body in bodies))

    async def _accepted_at(self, id_: UUID) -> str | None:
        answer = await self.stage.client.wait_for_answer(id_, PATIENCE, resend_after=None)
        return answer.content["data"]["ontvangenOp"] if answer is not None and answer.accepted else None


async def _came_true(condition: Callable[[], bool]) -> bool:
    try:
        async with asyncio.timeout(PATIENCE):
            while not condition():  # noqa: ASYNC110 - the books know no event
                await asyncio.sleep(0.05)
    except TimeoutError:
        return False
    return True

"""One round of one contender: fill its queue, run it until all is answered, and check that it did all of the work."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench import broker, database
from bench.contenders import Contender
from bench.ground import Ground
from bench.work import Sealed
from hub.envelope.opening import open_envelope
from hub.envelope.policy import FROM_HUB_LIMIT
from hub.partner.profile import Profile

WARM_UP = 0.25
"""Share of the messages that is not measured: programs start, caches and statements are made."""
LOOK_EVERY = 0.5
SLOWEST = 20.0
"""Messages a second below which a round is given up."""
PATIENCE = 60.0
OPENED = 10
"""Answers in each queue that are opened with the recipient's keys."""
ANSWERS = 2


class WrongError(Exception):
    """A contender did not do the work: its figures count for nothing."""


@dataclass(frozen=True, slots=True)
class Result:
    """Attributes:
    rate: messages a second, after the warm-up.
    seconds: that this was measured over.
    """

    contender: str
    processes: int
    round: int
    rate: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Round:
    """How to run one; `work` is the same for every contender."""

    ground: Ground
    work: Sequence[Sealed]
    processes: int
    number: int

    async def run(self, contender: Contender, name: str) -> Result:
        """Args: name: of a database that is not there yet.

        Raises:
            WrongError: not everything was answered, or not as it should be.
        """
        url = await contender.new_database(name)
        for place in (contender.intake, *contender.answers):
            await broker.empty(self._amqp, place.vhost, [place.queue])
        await contender.fill(self.work)
        await database.settle(url)
        with contender.running(url, self.processes) as still_runs:
            await self.answered(contender, url, still_runs)
        await self._check(contender, url)
        rate, seconds = measured(await database.completions(url))
        await database.drop(self.ground.addresses.database_url, name)
        return Result(contender.name, self.processes, self.number, rate, seconds)

    @property
    def _amqp(self) -> str:
        return self.ground.addresses.amqp_url

    async def answered(self, contender: Contender, url: str, still_runs: Callable[[], bool]) -> None:
        """Wait until every answer is published and marked. Raises WrongError: it ended, or it takes far too long."""
        want, ends = ANSWERS * len(self.work), time.monotonic() + PATIENCE + len(self.work) / SLOWEST
        while (done := await database.published(url)) < want:
            if not still_runs() or time.monotonic() > ends:
                log = (self.ground.home / f"{contender.name}.log").read_text()[-2000:]
                raise WrongError(f"{contender.name}: {done} of {want} answers published\n{log}")
            await asyncio.sleep(LOOK_EVERY)

    async def _check(self, contender: Contender, url: str) -> None:
        want = len(self.work)
        books = await database.books(url)
        if books != database.Books(want, ANSWERS * want, ANSWERS * want, ANSWERS * want):
            raise WrongError(f"{contender.name}: {books} for {want} messages")
        if left := await broker.depth(self._amqp, contender.intake.vhost, contender.intake.queue):
            raise WrongError(f"{contender.name}: {left} messages were not acknowledged")
        for place, recipient in zip(contender.answers, (self.ground.sender, self.ground.triage), strict=True):
            if (found := await broker.depth(self._amqp, place.vhost, place.queue)) != want:
                raise WrongError(f"{contender.name}: {found} answers in a queue, {want} expected")
            for body in await broker.first(self._amqp, place.vhost, place.queue, OPENED):
                _open(body, recipient)


def measured(done: Sequence[float]) -> tuple[float, float]:
    """Messages a second between the end of the warm-up and the last completion, and the seconds between.

    Args:
        done: moments of completion in order. Many share one, as they are marked together.
    """
    begin, end = done[int(WARM_UP * len(done))], done[-1]
    after = sum(moment > begin for moment in done)
    return (after / (end - begin) if after else float("nan")), end - begin


def _open(body: bytes, recipient: Profile) -> None:
    """Signed by the hub and encrypted to this recipient, or it raises."""
    open_envelope(body, decryption=recipient.decryption.get, verifying=recipient.hub_signing.get, limit=FROM_HUB_LIMIT)

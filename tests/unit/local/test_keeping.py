"""A server that does not stay up is started again after pauses that grow, and one that stays up is left alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from hub.errors import OperatorError
from hub.local.keeping import FIRST_PAUSE, LONGEST_PAUSE, LOOK_EVERY, SETTLED, Death, Keeper

DEAD = Death(4711, -9)


@dataclass
class Life:
    """A server that lives for so many seconds after each start, on a clock that goes by only while it is waited.

    Attributes:
        lives: of each life in turn; the last one never ends.
        fails: how many starts fail.
    """

    lives: list[float]
    fails: int = 0
    now: float = 0.0
    born: float = 0.0
    dead: bool = False
    revived: list[float] = field(default_factory=list)

    def death(self) -> Death | None:
        self.dead = self.dead or bool(self.lives and self.now - self.born >= self.lives[0])
        return DEAD if self.dead else None

    def revive(self) -> None:
        self.revived.append(self.now)
        if self.fails:
            self.fails -= 1
            raise OperatorError("test", "No room.")
        self.lives, self.born, self.dead = self.lives[1:], self.now, False

    def is_ready(self) -> bool:
        return self.now - self.born >= 1.0

    def wait(self, seconds: float) -> bool:
        self.now += seconds
        return not self.lives and self.now - self.born > 10 * SETTLED


def kept(life: Life) -> tuple[Sequence[str], Sequence[tuple[str, Death]]]:
    said, died = list[str](), list[tuple[str, Death]]()
    Keeper("PostgreSQL", life, said.append, lambda *death: died.append(death), lambda: life.now).run(life.wait)
    return said, died


def test_one_that_stays_up_is_left_alone() -> None:
    life = Life([])
    assert kept(life) == ([], [])
    assert life.revived == []


def test_one_that_dies_is_started_again_and_said_to_be_ready() -> None:
    life = Life([5.0])
    said, died = kept(life)
    assert died == [("PostgreSQL", DEAD)]
    assert said == ["PostgreSQL (process 4711) ended with -9: it is started again", "PostgreSQL is ready again"]


def test_the_pause_grows_while_it_does_not_stay_up_and_not_without_end() -> None:
    life = Life([0.0] * 10)
    kept(life)
    between = [later - earlier for earlier, later in zip(life.revived, life.revived[1:], strict=False)]
    assert between == sorted(between)
    assert between[0] <= 4 * FIRST_PAUSE
    assert between[-1] == LOOK_EVERY + LONGEST_PAUSE


def test_one_that_has_lived_for_a_while_is_started_again_soon() -> None:
    life = Life([*[0.0] * 8, SETTLED + 1.0])
    kept(life)
    assert life.revived[-1] - life.revived[-2] <= SETTLED + 1.0 + 2 * LOOK_EVERY + FIRST_PAUSE


def test_one_that_cannot_be_started_is_tried_again() -> None:
    life = Life([0.0], fails=3)
    said, died = kept(life)
    assert len(died) == len(life.revived) == 4
    assert said[-1] == "PostgreSQL is ready again"

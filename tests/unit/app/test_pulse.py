"""A loop that is held says that it lives; one that hangs does not."""

import threading

from hub.app.pulse import Pulse


class Heard:
    """Signs of life, and whether so many came."""

    def __init__(self) -> None:
        self.number = 0
        self._came = threading.Condition()

    def __call__(self) -> None:
        with self._came:
            self.number += 1
            self._came.notify_all()

    def more(self, number: int, patience: float) -> bool:
        """Whether so many more come; holds whoever asks."""
        with self._came:
            wanted = self.number + number
            return self._came.wait_for(lambda: self.number >= wanted, patience)


async def test_signs_of_life_come_while_the_loop_is_held() -> None:
    heard = Heard()
    async with Pulse(heard, longest=600.0, every=0.01).beating():
        assert heard.more(5, patience=60.0)


async def test_none_come_from_a_loop_that_has_no_turn_for_too_long() -> None:
    heard, now = Heard(), [0.0]
    async with Pulse(heard, longest=10.0, every=0.01, ticks=lambda: now[0]).beating():
        assert heard.more(1, patience=60.0)
        now[0] = 10.0
        heard.more(2, patience=1.0)  # one may have begun before
        assert not heard.more(1, patience=0.2)


async def test_it_ends_with_what_it_speaks_for() -> None:
    heard = Heard()
    async with Pulse(heard, longest=600.0, every=0.01).beating():
        assert heard.more(1, patience=60.0)
        (speaking,) = [one for one in threading.enumerate() if one.name == "pulse"]
    speaking.join(60.0)
    assert not speaking.is_alive()

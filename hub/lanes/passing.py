"""Whether a machine that fails on a message fails on others too: by what is decided meanwhile, in this process.

No memory, a file that cannot be read and a library that cannot work are faults of the surroundings, for which a message
waits as long as they last. But a message may bring them about by itself. Then others pass between two of its tries.
"""

from uuid import UUID


class Passing:
    """Of one process."""

    def __init__(self) -> None:
        self._passed = 0
        self._failed: dict[UUID, int] = {}

    def passed(self, row: UUID) -> None:
        """This message was decided."""
        self._passed += 1
        self._failed.pop(row, None)

    def is_alone(self, row: UUID) -> bool:
        """The machine fails on this message: whether others have passed since it did so before."""
        before = self._failed.get(row, self._passed)
        self._failed[row] = self._passed
        return self._passed > before

"""What of the counts may be shown: small cells are masked, and nothing that is shown lets one be worked out.

A cell below five is shown as `<5`. A total is never printed from the counts themselves: it is added up from the cells
as they are shown, a masked one as 1 to 4, and so is a range where it holds one (`17-20`). What is worked out of shown
cells alone tells no more than they do, so no second cell has to be masked to protect a first, and every cell of five
or more is shown as it is. Cells are never merged, for a region or a period, so that no two reports differ by one.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from hub.ports import Count

LEAST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as far as it is shown: exact where `least` and `most` are the same."""

    least: int
    most: int

    def __str__(self) -> str:
        if self.least == self.most:
            return str(self.least)
        return f"<{LEAST_SHOWN}" if self.most < LEAST_SHOWN else f"{self.least}-{self.most}"


def shown(count: Count) -> Figure:
    """One cell."""
    masked = 0 < count.number < LEAST_SHOWN
    return Figure(1, LEAST_SHOWN - 1) if masked else Figure(count.number, count.number)


def total(cells: Iterable[Count]) -> Figure:
    """Of cells as they are shown."""
    figures = [shown(cell) for cell in cells]
    return Figure(sum(one.least for one in figures), sum(one.most for one in figures))

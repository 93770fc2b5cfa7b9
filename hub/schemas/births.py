"""Nobody is born in the future: who is not born yet is said as unborn."""

from datetime import date

from hub.errors import Code, Rejection
from hub.schemas.base import Wire
from hub.schemas.disclosure import Tells
from hub.schemas.marked import marked
from hub.schemas.pointers import MOST

_BIRTHS = frozenset({Tells.BIRTH})


def check_births(model: Wire, today: date) -> None:
    """A date that is known in part may be as early as that part allows.

    Raises:
        Rejection: `geboortedatum-in-toekomst`, with the pointers of the dates.
    """
    last = today.isoformat()
    ahead = tuple(one.at for one in marked(model, "/data", _BIRTHS) if one.value > last[: len(one.value)])
    if ahead:
        raise Rejection(Code.BORN_AHEAD, ahead[:MOST])

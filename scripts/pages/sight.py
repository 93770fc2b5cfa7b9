"""The part of docs/disclosure.md that draws who sees which part of a case, from the table of `hub/cases/sight.py`."""

from collections.abc import Iterator

from hub.cases.hearing import NOTICES, Told
from hub.cases.hearing import WHY_NOT as WHY_NOT_TOLD
from hub.cases.sight import GROUNDS, TABLE, WHY_NOT, Part, Row, Sees
from hub.cases.ties import Tie
from scripts.pages.tables import table

TEXT = """\
## Who sees which part of a case

By what a party has to do with the case, and by that alone (decision 44): `all` of the case; `own`, of what it has to do
with; `self`, what it is to do itself, and not who else is asked; `-`, nothing. A party may be several of these at once,
and sees what each of them gives.

The ground of a cell is that of its row; of an empty one that of its column.
"""
STAND = """\
In a stand (`zaken.stand`). `status` is `open` or `gesloten` to who sees it of the case. A reporter reads
`nog-niet-vastgelegd` (go on watching) or `vastgelegd` of its own report; who was asked and is not any more, what became
of that: `geweigerd`, `ingetrokken`, or `overgedragen` once it has handed on. `houder` stands beside every other notice
too. A step or term about a report names the desk of the region that its reporter reported to, to that reporter.
"""
ALARMS = """\
In an alarm (`verwerking.escalatie`), besides who must act: that one always hears that it must. The holder hears what it
may; where it must act itself, or may not know, the triage does. A reporter hears that its report is not recorded, until
it is, whether that report opened the case or joined one.
"""
TOLD = """\
In a notice (`hub/cases/hearing.py`): whom a step has in mind hears it if one of its ties, as they are after the step,
lets it. A reminder goes to who must act, by the table of stands; an alarm by that of alarms. A message that the routing
table brings, news, `melding-ter-kennis` (`regio-genoemd`) and `samenloop` go to whom the route names, whatever else it
is. Columns are wire types without their group; `news` is a message that is no report (`nieuwGevaar` or `nieuweZorgen`
false).
"""
BRINGS = """\
Whether a party may know that what the route brings is about this case (`linked`), a reporter also where its pair of
roles is in `tell_reporters`. And what a party may bring: a report that names the case, or news on it (`brings`); a
joint table (`table`).
"""
WHOLE = (("status", "status"), ("houder", "holder"), ("aandacht", "attention"))


def sight_section() -> Iterator[str]:
    yield from (TEXT, STAND)
    parts = tuple(part.value for part in Part)
    yield from table(("", *(name for name, _ in WHOLE), *parts), (_stand(tie, row) for tie, row in TABLE.items()))
    yield ALARMS
    yield from table(
        ("", *parts), ((tie.value, *(row.alarms.of(part).value for part in Part)) for tie, row in TABLE.items())
    )
    yield TOLD
    columns = tuple(told.value for told in Told)
    yield from table(("", *columns), ((tie.value, *(row[told].value for told in Told)) for tie, row in NOTICES.items()))
    yield BRINGS
    yield from table(("", "linked", "brings", "table"), (_brings(tie, row) for tie, row in TABLE.items()))
    yield from table(("who", "ground"), ((tie.value, ground) for tie, ground in GROUNDS.items()))
    empty = (*WHY_NOT.items(), *((told.value, why) for told, why in WHY_NOT_TOLD.items()))
    yield from table(("column", "why a cell is empty"), empty)


def _stand(tie: Tie, row: Row) -> tuple[str, ...]:
    whole = (getattr(row, name).value for _, name in WHOLE)
    return (tie.value, *whole, *(row.stand.of(part).value for part in Part))


def _brings(tie: Tie, row: Row) -> tuple[str, ...]:
    may = ("yes" if may else Sees.NOT.value for may in (row.brings, row.table))
    return (tie.value, row.linked.value, *may)

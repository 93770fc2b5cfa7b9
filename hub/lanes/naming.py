"""Which id what leaves the hub gets: by what led to it, whom it is for and what it says. Pure.

Theory. Whoever has an id drops what comes under it again, unread. So the same message must have the same id whenever it
is made, also by a database that has lost it and was told its cause again; and no id may ever come to stand for another
message. The cause alone is not enough for that: the same report, resent, may join where it opened a case, or be refused
where it was accepted. Therefore what is said is hashed too, whole, but for the few things that may differ while the
message means the same (`MAY_DIFFER`): a new field is hashed unless somebody writes it down there. Where one cause says
the very same to the same party more than once, the times are counted.

    cause of a message              content hash of its inbox row
    cause of a moment of a term     case, term, what it is about, its run, its end, its round
    cause of a holder's end         case, holder, how many offers there were
    cause of a step of a hub's key  the key, and the connection: each of an organisation's needs it

A number of a thing (case, report) is that of its cause; of a coincidence, that of the reports that meet in it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.canonical.commands import TermReached
from hub.cases.case import Case
from hub.envelope.derived import IdKey, derived
from hub.ids import MessageId, Oin, PartnerId
from hub.lanes.keys import IdKeys
from hub.ports import InboxRow
from hub.schemas.cloudevent import canonical_json
from hub.schemas.message import wire_type
from hub.schemas.texts import moment_text

VERSION, HOLDER = ("zaakversie",), ("houder",)
MAY_DIFFER: Mapping[str, tuple[tuple[str, ...], ...]] = {
    # A stand is what it says, the holder too.
    wire_type("zaken.stand"): (VERSION,),
    # Whom the radar found meanwhile is said by `radar.samenloop`; the terms are the configuration's.
    wire_type("triage.melding-aangeboden"): (VERSION, HOLDER, ("radar",), ("termijnen",), ("melding", "ontvangenOp")),
    wire_type("triage.melding-ter-kennis"): (VERSION, HOLDER, ("melding", "ontvangenOp"), ("aanspreekpunt",)),
    # The end of a term that counts from the commit: who has an earlier one is early.
    wire_type("overdrachten.aanbod"): (VERSION, HOLDER, ("antwoordVoor",)),
    wire_type("overdrachten.aanvulling-gegeven"): (VERSION, HOLDER, ("antwoordVoor",)),
}
"""By wire type, the paths in `data` that are left out of what is hashed."""
_OTHERWISE = (VERSION, HOLDER)


@dataclass(slots=True)
class Naming:
    """The ids of all that one cause brings forth (`hub.ids.Ids`). It counts what is said twice: a cause has one."""

    key: IdKey = field(repr=False)
    cause: tuple[str, ...]
    of_meetings: IdKey = field(repr=False)
    _said: Counter[tuple[str, ...]] = field(default_factory=Counter, repr=False)

    def caused(self, kind: str) -> UUID:
        return derived(self.key, kind, *self.cause)

    def between(self, kind: str, here: Iterable[UUID], there: Iterable[UUID]) -> UUID:
        return derived(self.of_meetings, kind, " ".join(sorted(map(str, here))), " ".join(sorted(map(str, there))))

    def message(self, to: Oin, type_: str, data: Mapping[str, Any]) -> MessageId:
        """Of a message of this wire type to this organisation."""
        said = canonical_json(_without(data, MAY_DIFFER.get(type_, _OTHERWISE))).decode()
        key = (to, type_, said)
        before, self._said[key] = self._said[key], self._said[key] + 1
        return MessageId(derived(self.key, "bericht", *self.cause, *key, str(before)))


def naming_of(row: InboxRow, keys: IdKeys, signed: datetime | None) -> Naming:
    """For all that this message leads to.

    Args:
        signed: the `time` that its sender signed, if it can be read.
    """
    return _naming(keys, signed or row.received_at, "bericht", row.content_hash)


def naming_at(case: Case, moment: TermReached, keys: IdKeys, now: datetime) -> Naming:
    """For all that this moment of a term leads to."""
    term = case.term(moment.name, moment.about)
    run = (_moment(term.since), _moment(term.due), str(term.round)) if term else ()
    return _naming(keys, term.due if term else now, "termijn", str(case.name), moment.name, str(moment.about), *run)


def run_of(case: Case, moment: TermReached) -> str | None:
    """Which run of which term this is a moment of: what is said again with each of its rounds goes by it."""
    term = case.term(moment.name, moment.about)
    return f"{moment.name} {moment.about} {moment_text(term.due)}" if term else None


def naming_after(case: Case, keys: IdKeys, now: datetime) -> Naming:
    """For all that the end of this holder leads to; it may hold again by a yes that was on its way."""
    return _naming(keys, now, "houder-beeindigd", str(case.id), str(case.holder), str(len(case.handovers)))


def naming_of_key(kid: str, to: PartnerId, keys: IdKeys, since: datetime) -> Naming:
    """For what this connection is told of a step of a key of the hub, taken then; what it says tells the step."""
    return _naming(keys, since, "hubsleutel", kid, to)


def reissue_id(id_: MessageId, number: int, keys: IdKeys) -> MessageId:
    """Of the message that takes the place of this one, which has lapsed; `number`: which time this is, from 1."""
    return MessageId(derived(keys.oldest, "heruitgave", str(id_), str(number)))


def _naming(keys: IdKeys, moment: datetime, *cause: str) -> Naming:
    return Naming(keys.at(moment), cause, keys.oldest)


def _without(data: Mapping[str, Any], paths: tuple[tuple[str, ...], ...]) -> dict[str, Any]:
    kept = dict(data)
    for first, *rest in paths:
        if rest and first in kept:
            kept[first] = _without(kept[first], (tuple(rest),))
        else:
            kept.pop(first, None)
    return kept


def _moment(at: datetime | None) -> str:
    return moment_text(at) if at else ""

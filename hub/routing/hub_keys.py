"""The hub's own keys in a version of the directory: which one counts for what, each change, and what a machine lacks.

A change is one step of one key (`hub.canonical.hub_keys`). Every batch holds the directory's head until its commit, so
when a step has committed, no batch is left that works without it: whatever is made with a key that writes, everybody
reads (docs/decisions/0015, 0031).
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from hub.canonical.hub_keys import IN_USE, HubKey, KeyKind, KeyState
from hub.canonical.partners import Directory, KeyUse, Suite
from hub.errors import OperatorError

_NEXT = timedelta(microseconds=1)
STEPS: Mapping[KeyState, frozenset[KeyState]] = {
    KeyState.ANNOUNCED: frozenset({KeyState.READ, KeyState.RETIRED}),
    KeyState.READ: frozenset({KeyState.WRITE, KeyState.RETIRED}),
    KeyState.WRITE: frozenset(),
    KeyState.RETIRED: frozenset(),
}
"""What an operator may make of a key. One that writes is read again when another takes its place, and not before."""
_OF_IDS = {
    **STEPS,
    KeyState.ANNOUNCED: frozenset({KeyState.WRITE, KeyState.RETIRED}),
    KeyState.READ: frozenset({KeyState.RETIRED}),
}
"""Nothing is looked up under a key of the ids, so there is nothing to read before; and none has a second turn."""
STEPS_OF: Mapping[KeyKind, Mapping[KeyState, frozenset[KeyState]]] = {
    **dict.fromkeys(KeyKind, STEPS),
    KeyKind.IDS: _OF_IDS,
}
_NEVER, _ALWAYS = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a machine has, against what the directory names.

    Attributes:
        foreign: it has, and the directory never named: another hub's, or from another time.
        missing: in use, and it lacks.
        awaited: only announced, and it lacks.
    """

    foreign: tuple[tuple[KeyKind, str], ...]
    missing: tuple[HubKey, ...]
    awaited: tuple[HubKey, ...]


def kind_of(suite: Suite, use: KeyUse) -> KeyKind:
    return KeyKind(f"{suite}-{use}")


def keys_of(directory: Directory, kind: KeyKind) -> tuple[HubKey, ...]:
    """Every key of a kind that the directory names, retired ones too, the oldest first."""
    return tuple(key for key in directory.hub_keys if key.kind is kind)


def writes(directory: Directory, kind: KeyKind) -> HubKey | None:
    """The one that new things are made with."""
    return next((key for key in keys_of(directory, kind) if key.state is KeyState.WRITE), None)


def reads(directory: Directory, kind: KeyKind) -> tuple[HubKey, ...]:
    """Those that are looked under, opened or revealed with: the one that writes first."""
    used = [key for key in keys_of(directory, kind) if key.state in IN_USE]
    return tuple(sorted(used, key=lambda key: key.state is not KeyState.WRITE))


def naming(directory: Directory) -> tuple[tuple[datetime, HubKey], ...]:
    """The keys of the ids in turn, each with the moment up to which it names what was signed."""
    used = reads(directory, KeyKind.IDS)
    turns = [(_ALWAYS if key.state is KeyState.WRITE else _since(key), key) for key in used]
    return tuple(sorted(turns, key=lambda turn: turn[0]))


def unnamed(directory: Directory) -> tuple[KeyKind, ...]:
    """The kinds of which the directory names no key to make things with: nobody can work by it."""
    return tuple(kind for kind in KeyKind if writes(directory, kind) is None)


def public_keys(directory: Directory, suite: Suite) -> tuple[tuple[HubKey, ...], HubKey]:
    """The keys whose public halves partners of this suite are given: all that sign, or soon will, the one that does
    first; and the one to encrypt to.

    Raises:
        OperatorError: the directory does not name them yet.
    """
    sig, enc = (writes(directory, kind_of(suite, use)) for use in KeyUse)
    if sig is None or enc is None:
        raise OperatorError("hub-keys-unnamed", "The database does not name the hub's keys: run `ketenhub key adopt`.")
    return reads(directory, sig.kind), enc


def standing(directory: Directory, held: Mapping[KeyKind, Collection[str]]) -> Standing:
    """Compare."""
    named = {(key.kind, key.id) for key in directory.hub_keys}
    lacking = [key for key in directory.hub_keys if key.id not in held.get(key.kind, ())]
    return Standing(
        tuple((kind, id_) for kind, ids in held.items() for id_ in ids if (kind, id_) not in named),
        tuple(key for key in lacking if key.state in IN_USE),
        tuple(key for key in lacking if key.state is KeyState.ANNOUNCED),
    )


def add_hub_key(directory: Directory, key: HubKey, at: datetime) -> Directory:
    """The next version, which announces this key; the first of its kind is in use at once.

    Raises:
        OperatorError: the directory knows it already, or had it.
    """
    if any(one.id == key.id for one in directory.hub_keys):
        raise OperatorError("hub-key-known", f"the directory knows {key.kind} key {key.id} already; make a new one")
    first = writes(directory, key.kind) is None
    state = KeyState.WRITE if first else KeyState.ANNOUNCED
    since = _in_order(directory, key.kind, at)
    return _next(directory, (*directory.hub_keys, replace(key, state=state, since=since)))


def move_hub_key(directory: Directory, kind: KeyKind, id_: str, to: KeyState, at: datetime) -> Directory:
    """The next version, in which this key has taken a step; the one that wrote before is read from then on.

    Raises:
        OperatorError: there is no such key, or this is not its next step.
    """
    key = found(directory, kind, id_)
    if to not in STEPS_OF[kind][key.state]:
        raise OperatorError("hub-key-step", _no_step(key, to))
    before = writes(directory, kind) if to is KeyState.WRITE else None
    since = _in_order(directory, kind, at)
    after = {key: replace(key, state=to, since=since)}
    if before is not None:
        after[before] = replace(before, state=KeyState.READ, since=since)
    return _next(directory, tuple(after.get(one, one) for one in directory.hub_keys))


def adopt_hub_keys(directory: Directory, keys: Collection[HubKey]) -> Directory:
    """The next version, which names keys that were in use before any version did; what is named stays as it is."""
    known = {(one.kind, one.id) for one in directory.hub_keys}
    return _next(directory, (*directory.hub_keys, *(key for key in keys if (key.kind, key.id) not in known)))


def bring_back(directory: Directory, seen: Collection[HubKey]) -> Directory:
    """The next version, in which the keys stand as a machine saw them; the same if none stood further.

    For a database that was restored to before a step: what the lost steps made is in partners' hands, and comes again.
    Of each key the later of both counts; if two would write, so does the one that came to it later. A machine that
    knows none of the keys named here saw another hub: nothing of that is ours.
    """
    now = {(key.kind, key.id): key for key in directory.hub_keys}
    if not any((key.kind, key.id) in now for key in seen):
        return directory
    for key in seen:
        here = now.get((key.kind, key.id))
        if here is None or _since(here) < _since(key):
            now[key.kind, key.id] = key
    keys = tuple(_one_writer(tuple(now.values())))
    return directory if keys == directory.hub_keys else _next(directory, keys)


def _one_writer(keys: tuple[HubKey, ...]) -> Iterator[HubKey]:
    last = {key.kind: key for key in sorted(keys, key=_since) if key.state is KeyState.WRITE}
    for key in keys:
        late = key.state is not KeyState.WRITE or key is last[key.kind]
        yield key if late else replace(key, state=KeyState.READ, since=last[key.kind].since)


def _since(key: HubKey) -> datetime:
    return key.since or _NEVER


def found(directory: Directory, kind: KeyKind, id_: str) -> HubKey:
    """The key of this id.

    Raises:
        OperatorError: there is none.
    """
    known = keys_of(directory, kind)
    key = next((one for one in known if one.id == id_), None)
    if key is None:
        ids = ", ".join(one.id for one in known) or "none yet"
        raise OperatorError("hub-key-unknown", f"the hub has no such {kind} key; it has {ids}")
    return key


def _in_order(directory: Directory, kind: KeyKind, at: datetime) -> datetime:
    """The moment of a step: after that of every step of this kind before, also where a clock was ahead then. By these
    moments partners know which key is the newest."""
    known = [key.since for key in keys_of(directory, kind) if key.since is not None]
    return max([at, *(since + _NEXT for since in known)])


def _no_step(key: HubKey, to: KeyState) -> str:
    if key.state is to:
        return f"{key.kind} key {key.id} is in state {to} already"
    if key.state is KeyState.WRITE:
        return f"{key.kind} key {key.id} makes what is new; have another key write first"
    next_ = " or ".join(sorted(STEPS_OF[key.kind][key.state])) or "nothing more"
    return f"{key.kind} key {key.id} is {key.state}: next comes {next_}"


def _next(directory: Directory, keys: tuple[HubKey, ...]) -> Directory:
    return replace(directory, version=directory.version + 1, hub_keys=keys)

"""Taking over the keys of a database from before the directory named them: once, by `ketenhub key adopt`.

Until then each machine made keys of its own where it found none, so several machines of one hub may have different
ones. Which are right nobody can tell by the files. So they are taken over only if every machine that ever reported has
the same, and what the database was encrypted and looked up with is among them.
"""

from collections.abc import Collection, Iterator, Mapping

from hub.app.hub import Hub
from hub.app.keyfiles import Held, KeyFiles
from hub.app.own_keys import as_found, machine
from hub.canonical.hub_keys import IN_USE, NO_HUB_KEY, HubKey, KeyKind, KeyState
from hub.canonical.partners import Directory
from hub.errors import OperatorError
from hub.routing.hub_keys import adopt_hub_keys, unnamed
from hub.store.machines import Machine

NEW = frozenset({KeyKind.IDS})
"""Kinds that no version before had. Nothing can be under such a key yet, so the first one is made here."""


async def adopt(hub: Hub, without: Collection[str]) -> Directory:
    """Name the keys of this home as the hub's; of a kind that is new, make the first.

    Args:
        without: names of machines that are no more, whatever they had.

    Raises:
        OperatorError: nothing is left to adopt; or something contradicts that these are the hub's keys.
    """
    directory, files = await hub.database.store.directory(), KeyFiles(hub.settings.home)
    _check_open(directory)
    held = files.held()
    _check_complete(directory, held, files)
    if number := await hub.database.older_connections():
        sentence = f"Stop the hubs of the version before first: {number} connections are theirs, and hide their keys."
        raise OperatorError("older-workers-run", sentence)
    own = machine(files, held)
    _check_same(own, await hub.database.machines(), without)
    _check_used(directory, held, await hub.database.keys_used())
    for kind in NEW:
        if not held[kind]:
            files.make(kind).write()
    held = files.held()
    await hub.database.report(machine(files, held))
    return await hub.database.change_directory("key adopt", lambda newest: _adopted(newest, held), act=hub.act)


def _adopted(directory: Directory, held: Held) -> Directory:
    _check_open(directory)
    return adopt_hub_keys(directory, [key for kind in KeyKind for key in _of(kind, directory, held)])


def _of(kind: KeyKind, directory: Directory, held: Held) -> Iterator[HubKey]:
    if kind in unnamed(directory):
        yield from as_found(kind, held[kind], None)
    else:  # the radar's: what the directory does not name was retired, and its file left
        yield from (HubKey(kind, id_, KeyState.RETIRED, file.jwk) for id_, file in held[kind].items())


def _check_open(directory: Directory) -> None:
    if not unnamed(directory):
        raise OperatorError("keys-adopted", "The directory names the hub's keys already; there is nothing to adopt.")


def _check_complete(directory: Directory, held: Held, files: KeyFiles) -> None:
    for kind in unnamed(directory):
        if not held[kind] and kind not in NEW:
            sentence = f"There is no {kind} key in {files.place(kind)}; run this on a machine that has the hub's keys."
            raise OperatorError("key-file-missing", sentence)


def _check_same(own: Machine, machines: Collection[Machine], without: Collection[str]) -> None:
    others = [one for one in machines if one.name != own.name and one.name not in without]
    for other in others:
        kinds = [kind.value for kind in KeyKind if _differ(kind, own, other)]
        if kinds:
            raise OperatorError(
                "machines-differ",
                f"Machine {other.name} has other keys than {own.name} ({', '.join(kinds)}). Bring the right files to "
                "both and have `ketenhub serve` say so there, or leave out one that is no more with --without NAME.",
            )


def _differ(kind: KeyKind, own: Machine, other: Machine) -> bool:
    """Of a kind that is new, one may have made the first before it was broken off, and nobody else can have it."""
    theirs = sorted(other.keys.get(kind, ()))
    return theirs != sorted(own.keys[kind]) and not (kind in NEW and not theirs)


def _check_used(directory: Directory, held: Held, used: Mapping[str, Mapping[str, int]]) -> None:
    needed = {(KeyKind(kind), id_): number for kind, ids in used.items() for id_, number in ids.items()}
    named = [(key.kind, key.id) for key in directory.hub_keys if key.state in IN_USE]
    for (kind, id_), number in (needed | {one: 0 for one in named if one not in needed}).items():
        if id_ not in held[kind]:
            by = f"{number} rows need it" if number else "the directory names it"
            sentence = f"This machine lacks the hub's {kind} key {id_}: {by}; bring its file, or adopt where it is."
            raise OperatorError(NO_HUB_KEY, sentence)

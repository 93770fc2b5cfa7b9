"""A surname in every way in which it may be met again.

Theory. A name goes into a keyed hash, where no near match is possible: two spellings meet only in a text that both
have. So a surname has several: as it was typed, as a whole, and each of its words, since people leave out or turn round
the name of a partner; without prefixes, wherever they stand and also where they were written onto the name; with what
is spelled in two ways in one of them. A prefix of one letter, or one on a name of two, is not taken off again where it
was written onto the name, so it is written there too ("dhondt", "vanderaa"). A name is a hint only, and only with an
initial and a whole birth date, so these would rather meet once too often.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise

PREFIXES = frozenset({
    "a", "aan", "af", "al", "am", "auf", "aus", "bij", "d", "da", "dal", "dalla", "das", "de", "degli", "dei", "del",
    "della", "den", "der", "des", "di", "do", "dos", "du", "e", "el", "het", "i", "im", "in", "l", "la", "las", "le",
    "les", "lo", "los", "onder", "op", "over", "s", "t", "te", "ten", "ter", "thoe", "tho", "to", "toe", "tot",
    "uijt", "uit", "uten", "v", "van", "vande", "vanden", "vander", "vd", "vdr", "ver", "vom", "von", "voor", "vor",
    "y", "zu", "zum", "zur",
})  # fmt: skip
"""Single words of surname prefixes (BRP, Landelijke Tabel 36) and how people shorten them."""
NO_NAME = frozenset({
    "achternaam", "afgeschermd", "anoniem", "anonieme", "anonymous", "bekend", "bepalen", "familienaam", "geen",
    "geheim", "inconnu", "ingevuld", "leeg", "naam", "naamloos", "naamonbekend", "nb", "nescio", "niet", "nietbekend",
    "nihil", "nn", "nnb", "nno", "nog", "nogonbekend", "nomen", "nomennescio", "ntb", "nvt", "onb", "onbek",
    "onbekend", "onbekende", "onbekent", "tbd", "toepassing", "unbekannt", "unknown", "voornaam", "x", "xx",
})  # fmt: skip
"""Words that are typed where no name is known ("nog niet bekend", "N.N."): they would make one person of many. They are
listed and not configured: what they cost who is really called so is a hint by name, never one by a number."""
SOMEBODY = frozenset({
    "baby", "blijven", "dader", "dhr", "dochter", "gebleven", "heer", "jongen", "kind", "man", "meisje", "melder",
    "mevr", "mevrouw", "moeder", "mw", "nader", "ouder", "partner", "persoon", "slachtoffer", "vader", "verdachte",
    "vrouw", "weet", "wil", "zonder", "zoon",
})  # fmt: skip
"""Words that are no name beside one of those ("Onbekende vrouw"), and may be one by themselves ("de Man")."""
MOST = 16
"""Ways of one surname: most have one or two, and no message may have the hub look for hundreds."""

_ELIDED = {"d", "l", "s", "t"}
_JOINED = {"vant", "opt", "int", *(one for one in PREFIXES if len(one) > 1)}
_LENGTHS = sorted({len(one) for one in _JOINED}, reverse=True)
_LEAST = 3
"""Letters of a name that is left when a prefix is taken off it, and the most of what may be initials."""
# Letters that no Unicode decomposition takes apart, and apostrophes that count as letters.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ʼ": " ", "ʻ": " "}
)
_FILLING = re.compile(r"(.)\1{2,}")  # a letter three times or more, and no other
_BETWEEN_WORDS = re.compile(r"[\W\d_]+")
_UMLAUT = re.compile("([aou])e+")


def words(text: str) -> tuple[str, ...]:
    """The words of a name without what spellings differ in: case, diacritics, ligatures, spaces, signs, digits."""
    for _ in range(2):  # folding and decomposing each make work for the other
        text = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(one for one in text.translate(_LETTERS) if not unicodedata.combining(one))
    return tuple(word for word in _BETWEEN_WORDS.split(plain) if word)


def surname(text: str) -> str:
    """A surname as it was typed: prefixes before or after it are not part of it; empty if it is none.

    What the radar and the processing log had before there were several: it stays what it was, or they would lose it.
    """
    rest = list(words(text))
    while len(rest) > 1 and rest[0] in PREFIXES:
        del rest[0]
    while len(rest) > 1 and rest[-1] in PREFIXES:
        del rest[-1]
    name = "".join(rest)
    return "" if name in NO_NAME else name


def surnames(text: str, prefix: str = "") -> tuple[str, ...]:
    """Every text by which a surname may be met, as it was typed first; none if it is no name.

    Args:
        prefix: where it was typed apart from the name.
    """
    typed = (*(word for word in words(prefix) if word in PREFIXES), *words(text))
    own = _own(typed)
    if not own:
        return ()
    ways = [surname(text), _folded("".join(own)), *map(_folded, own), *map(_folded, _with_prefixes(typed, own))]
    ways += (_folded(rest) for word in own[:MOST] for rest in _without_prefix(word))
    return tuple(dict.fromkeys(way for way in ways if way))[:MOST]


def initial(text: str) -> str:
    """The first letter of the given names; empty if there are none. Some of `NO_NAME` may be initials: "N.N."."""
    return "".join(word for word in words(text) if not _is_no_name(word) or len(word) <= _LEAST)[:1]


def _own(typed: Sequence[str]) -> list[str]:
    """The words of a name that are no prefixes; none if it is no name."""
    if len(typed) > 1 and all(len(word) == 1 and word.isascii() for word in typed):
        return []  # "n/a"
    known = [word for word in _with_letters_together(typed) if word not in PREFIXES]
    own = [word for word in known if not _is_no_name(word)]
    if len(own) < len(known):
        own = [word for word in own if word not in SOMEBODY and len(word) > 1]
    elif not own:
        own = list(typed[-1:])  # whose whole name is a prefix
    return [] if any(map(_is_no_name, ("".join(typed), "".join(own)))) else own


def _is_no_name(word: str) -> bool:
    return word in NO_NAME or _FILLING.fullmatch(word) is not None


def _with_letters_together(typed: Iterable[str]) -> Iterator[str]:
    """Letters that stand apart as one word, where that is no name: of "N.N. vrouw" there are two."""
    for single, group in groupby(typed, key=lambda word: len(word) == 1):
        letters = list(group)
        together = "".join(letters)
        yield from [together] if single and _is_no_name(together) else letters


def _with_prefixes(typed: Sequence[str], own: Sequence[str]) -> Iterator[str]:
    """Words with the prefixes that stand before them, where these would not be taken off again; or behind the last."""
    at = [place for place, word in enumerate(typed) if word in own]
    for last, place in pairwise((-1, *at)):
        yield from _written_onto(typed[place], typed[last + 1 : place])
    yield from _written_onto(typed[at[-1]], typed[at[-1] + 1 :]) if at else ()


def _written_onto(word: str, prefixes: Sequence[str]) -> Iterator[str]:
    if prefixes and len(word) < _LEAST:
        yield "".join((*prefixes, word))
    elif prefixes and prefixes[-1] in _ELIDED and "v" not in prefixes:  # of "v.d." it is no name's
        yield prefixes[-1] + word


def _folded(name: str) -> str:
    """With one way to write ij, and an umlaut."""
    return _UMLAUT.sub(r"\1", name.replace("ij", "y"))


def _without_prefix(word: str) -> Iterator[str]:
    """What is left of a word if prefixes were written onto it: it may be read in more than one way."""
    left = [word]
    for one in left:
        for length in _LENGTHS:
            rest = one[length:]
            if len(rest) >= _LEAST and one[:length] in _JOINED and rest not in left:
                left.append(rest)
                yield rest

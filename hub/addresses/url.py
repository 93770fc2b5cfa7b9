"""A URL taken apart: who, where, what, and its parameters. Pure.

Stricter than the libraries that read URLs, which differ: of a parameter said twice one takes the first, another the
last; some pass over what they do not know, some over a `#` in a password and all behind it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from ipaddress import IPv6Address, ip_address
from urllib.parse import unquote, urlsplit

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_HALF_ESCAPED = re.compile(r"%(?![0-9A-Fa-f]{2})")
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*\.?")
_BRACKETED = re.compile(r"\[([^]]*)\](?::([0-9]*))?")


class Unusable(Exception):
    """An address that is not used.

    Attributes:
        wanted: what to write instead, after "write"; nothing of what stands there, which may be a password.
    """

    def __init__(self, wanted: str) -> None:
        super().__init__(wanted)
        self.wanted = wanted


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server listens: a name, an address, or the folder of a Unix socket."""

    host: str
    port: int

    @property
    def is_socket(self) -> bool:
        return self.host.startswith("/")

    @property
    def is_here(self) -> bool:
        """Whether what is said to it cannot leave this machine. A name is not looked up: that is up to the network."""
        if self.is_socket or self.host.lower().rstrip(".") == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Parts:
    """Of one URL, decoded; `hosts` and `path` are as they were written."""

    scheme: str
    user: str
    password: str = field(repr=False)
    hosts: str
    path: str
    parameters: Mapping[str, str] = field(repr=False)


def take_apart(url: str, schemes: Iterable[str], wanted: str) -> Parts:
    """Raises `Unusable`, with `wanted` where it is no such URL at all."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise Unusable(wanted) from None
    fits = parts.scheme in schemes and url.startswith(f"{parts.scheme}://")
    login, _, hosts = parts.netloc.rpartition("@")
    if not fits or "#" in url or "@" in login or _CONTROL.search(url):
        raise Unusable(f"{wanted}, with # @ / ? % in a password as %23 %40 %2F %3F %25")
    user, _, password = login.partition(":")
    return Parts(parts.scheme, decoded(user), decoded(password), hosts, parts.path, _parameters(parts.query))


def decoded(text: str) -> str:
    """Percent-decoded; a `+` stays one."""
    try:
        if _HALF_ESCAPED.search(text) or "\0" in (plain := unquote(text, errors="strict")):
            raise Unusable("a % as %25, and what is percent-encoded in UTF-8")
    except UnicodeDecodeError:
        raise Unusable("a % as %25, and what is percent-encoded in UTF-8") from None
    return plain


def places(hosts: str, port: int, *, several: bool = False) -> tuple[Place, ...]:
    """Hosts as they stand in a URL, with their own port or this one; none where nothing stands."""
    listed = hosts.split(",") if several else [hosts]
    return tuple(_place(one, port) for one in listed) if hosts else ()


def place(host: str, port: str | int) -> Place:
    """A host and a port by themselves."""
    if not host.startswith("/") and not _is_address(host) and not _NAME.fullmatch(host):
        raise Unusable("a host by its name in ASCII, its address ([...] around one of IPv6), or the folder of a socket")
    if not re.fullmatch(r"[0-9]{1,5}", str(port)) or not 0 < int(port) < 65536:
        raise Unusable("a port as a number from 1 to 65535")
    return Place(host, int(port))


def allow(parameters: Mapping[str, str], known: Iterable[str], refused: Mapping[str, str]) -> None:
    """Refuse what is no parameter here; those that are `refused` with their reason."""
    for name in parameters:
        if name in refused:
            raise Unusable(f"no {name}: {refused[name]}")
        if name not in known:
            near = get_close_matches(name.lower(), known, n=1, cutoff=0.75)
            hint = f"; the nearest is {near[0]}" if near else ""
            raise Unusable(f"no other parameters than {', '.join(known)} (in lower case){hint}")


def choice(parameters: Mapping[str, str], name: str, allowed: Iterable[str], default: str) -> str:
    value = parameters.get(name, default)
    if value not in allowed:
        raise Unusable(f"{name} as one of {', '.join(allowed)}")
    return value


def whole(parameters: Mapping[str, str], name: str, most: int) -> int | None:
    """A number from 1 to `most`, if it is there."""
    value = parameters.get(name)
    if value is None:
        return None
    if not re.fullmatch(r"[0-9]{1,6}", value) or not 0 < int(value) <= most:
        raise Unusable(f"{name} as a number of seconds from 1 to {most}")
    return int(value)


def _place(text: str, port: int) -> Place:
    if found := _BRACKETED.fullmatch(text):
        host = decoded(found[1])
        if not _is_address(host, six=True):
            raise Unusable("[...] around an address of IPv6 only")
        return place(host, found[2] or port)
    host, _, own = text.partition(":")
    return place(decoded(host), own or port)


def _is_address(text: str, *, six: bool = False) -> bool:
    try:
        return isinstance(ip_address(text), IPv6Address) or not six
    except ValueError:
        return False


def _parameters(query: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in filter(None, query.split("&")):
        name, _, value = map(decoded, one.partition("="))
        if not value:
            raise Unusable("a value after each parameter's =, or leave it out")
        if name in found:
            raise Unusable("each parameter once")
        found[name] = value
    return found

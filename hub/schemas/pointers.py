"""From pydantic's errors to JSON pointers (RFC 6901): the schema's own names and indexes, never the sender's."""

from pydantic import ValidationError

from hub.schemas.base import RULE

MOST = 20


def pointers(error: ValidationError, at: str) -> tuple[str, ...]:
    """Where the message is wrong: at most 20 pointers below `at`, each once, in the schema's order."""
    found = error.errors(include_url=False, include_input=False)
    wrong = {item["loc"][:depth] for item in found for depth in range(len(item["loc"]))}
    # A list of which every item is wrong counts as too short as well; the items say enough.
    said = (item for item in found if not (item["type"] == "too_short" and item["loc"] in wrong))
    return tuple(dict.fromkeys(at + _pointer(item["type"], item["loc"], item.get("ctx", {})) for item in said))[:MOST]


def _pointer(kind: str, where: tuple[int | str, ...], context: dict[str, str]) -> str:
    if kind == "extra_forbidden":
        # The last step is a name the sender made up: it may be anybody's. The object above it is ours.
        where = where[:-1]
    below = context.get("at", "") if kind == RULE else ""
    return "".join(f"/{step}" for step in (*where, *([below] if below else [])))

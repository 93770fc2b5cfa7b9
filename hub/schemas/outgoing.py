"""What recipients get, derived from what was sent: nobody writes a message twice.

A field that no recipient sees is gone; one that not every recipient sees, whatever it is about, may be absent; rules
between fields go, since they may speak of a field that is not shown.
"""

import functools
import operator
from types import GenericAlias
from typing import Annotated, Any, get_args, get_origin

from pydantic import create_model
from pydantic.fields import FieldInfo

from hub.canonical.partners import Role
from hub.schemas.base import NotNull, Wire
from hub.schemas.disclosure import Part, audience, parts_of
from hub.schemas.message import PassedOn


def passed_on(model: type[Wire]) -> type[Wire]:
    """The from-hub model of a message that is passed on: every field that some recipient sees, and the hub's own."""
    return _derived(model, audience(model), PassedOn)


@functools.cache
def _derived(model: type[Wire], readers: frozenset[Role], base: type[Wire]) -> type[Wire]:
    shown = [part for part in parts_of(model) if part.by & readers]
    fields: dict[str, Any] = {part.name: _field(model.model_fields[part.name], part, readers) for part in shown}
    return create_model(f"{model.__name__}VanHub", __base__=base, __doc__=model.__doc__, **fields)


def _field(field: FieldInfo, part: Part, readers: frozenset[Role]) -> tuple[Any, FieldInfo]:
    kept = _replaced(Annotated[(field.annotation, *field.metadata)], part.by & readers)
    said = dict(field.asdict()["attributes"])
    if field.is_required() and not readers <= part.always_by:
        return Annotated[kept | None, NotNull()], FieldInfo(**{**said, "default": None})
    return kept, FieldInfo(**said)


def _replaced(annotation: Any, readers: frozenset[Role]) -> Any:
    """The annotation with every wire model in it derived for these readers."""
    if isinstance(annotation, type) and issubclass(annotation, Wire):
        return _derived(annotation, readers, Wire)
    arguments = tuple(_replaced(argument, readers) for argument in get_args(annotation))
    origin = get_origin(annotation)
    if origin is Annotated:
        return Annotated[(arguments[0], *annotation.__metadata__)]
    if origin is tuple:
        return GenericAlias(tuple, arguments)
    return functools.reduce(operator.or_, arguments) if arguments else annotation

"""Valid messages of any type, made from the annotations of its model."""

from datetime import datetime
from typing import Annotated, Any, get_args, get_origin

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from pydantic.fields import FieldInfo

from hub.schemas.actieoverleg import ActionsAgreed
from hub.schemas.base import Many, Wire
from hub.schemas.rules import Ruled
from hub.schemas.texts import BSN_UNBORN, Identifies
from tests.unit.schemas.texts import GOOD, pattern_of

PERIODS = [("vanaf", "tot"), ("ingaandOp", "eindigtOp"), ("gestartOp", "afgerondOp")]
BSNS = ["999911004", "999933000", "999955007", "999977003", "000000000"]


@st.composite
def messages(draw: DrawFn, model: type[Wire], full: bool = False) -> dict[str, Any]:
    """Valid data; with `full`, every field that the rules leave room for is there."""
    data: dict[str, Any] = {}
    for field in model.model_fields.values():
        assert field.alias is not None
        if full or field.is_required() or draw(st.booleans()):
            data[field.alias] = draw(_value(field.annotation, tuple(field.metadata), full))
    return _obeying(draw, model, data, full)


def _obeying(draw: DrawFn, model: type[Wire], data: dict[str, Any], full: bool) -> dict[str, Any]:
    """The data after the rules had their way."""
    fields = {field.alias: field for field in model.model_fields.values()}
    if "ongeboren" in data and "bsn" in data:
        data["bsn"] = BSN_UNBORN
    if "aardVastgesteld" in data:
        data["uitkomst"] = ["km-bevestigd"]
    if model is ActionsAgreed:
        data["afspraken"] = list({one["afspraak"]: one for one in data["afspraken"]}.values())
    for rule in model.rules if issubclass(model, Ruled) else ():
        holds = data.get(rule.field) in rule.values if rule.values else rule.field in data
        for name in rule.needs if holds else rule.else_needs:
            if name not in data:
                data[name] = draw(_value(fields[name].annotation, tuple(fields[name].metadata), full))
        for name in rule.forbids if holds else rule.else_forbids:
            data.pop(name, None)
    for start, end in PERIODS:
        if {start, end} <= set(data):
            data[end] = max(data[start], data[end], key=datetime.fromisoformat)
    return data


def _value(annotation: Any, said: tuple[Any, ...], full: bool) -> SearchStrategy[Any]:
    if get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        return _value(inner, (*more, *said), full)
    arguments = [argument for argument in get_args(annotation) if argument is not type(None)]
    if type(None) in get_args(annotation):
        return _value(arguments[0], said, full)
    if get_origin(annotation) is tuple:
        return _list(arguments[0], next(item for item in said if isinstance(item, Many)), full)
    return _single(annotation, said, full)


def _list(of: Any, many: Many, full: bool) -> SearchStrategy[list[Any]]:
    least = max(many.least, 1 if full else 0)
    return st.lists(_value(of, (), full), min_size=least, max_size=min(many.most, least + 1), unique=many.unique)


def _single(kind: Any, said: tuple[Any, ...], full: bool) -> SearchStrategy[Any]:
    if Identifies.PERSON in said:
        return st.sampled_from(BSNS)
    pattern = next((found for item in said if (found := pattern_of(item))), None)
    if pattern is not None:
        return st.sampled_from([text for text in GOOD[pattern] if len(text) <= 200])
    if kind is bool:
        return st.booleans()
    if kind is int:
        bounds = [part for item in said for part in (item.metadata if isinstance(item, FieldInfo) else [item])]
        least = next(part.ge for part in bounds if hasattr(part, "ge"))
        return st.integers(least, next(part.le for part in bounds if hasattr(part, "le")))
    if issubclass(kind, Wire):
        return messages(kind, full)
    return st.sampled_from([member.value for member in kind])

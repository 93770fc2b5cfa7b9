"""`schemas` and `sample`: the contract, for machines and for people who build against it."""

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.common import new_group, print_json
from hub.errors import OperatorError
from hub.schemas.cloudevent import canonical_json
from hub.schemas.export import json_schemas
from hub.schemas.message import VERSION, WIRE_PREFIX, Direction
from hub.schemas.samples import sample as sample_data
from hub.schemas.samples import sample_names


def add_to(root: typer.Typer) -> None:
    group = new_group("The JSON Schemas of every message.")
    group.command("export")(export)
    group.callback()(lambda: None)
    root.add_typer(group, name="schemas")
    root.command()(sample)


def export(folder: Annotated[Path, typer.Argument(metavar="DIR", help="Made if it is not there.")]) -> None:
    """Write a JSON Schema (2020-12) for each message, to and from the hub, and for the event around it."""
    folder.mkdir(parents=True, exist_ok=True)
    schemas = json_schemas()
    for name, schema in schemas.items():
        (folder / name).write_bytes(canonical_json(schema) + b"\n")
    print_json({"folder": str(folder), "schemas": len(schemas)})


def sample(
    type_: Annotated[str, typer.Argument(metavar="TYPE", help="group.name, as in meldingen.zorgmelding.")],
    from_hub: Annotated[
        bool, typer.Option("--from-hub", help="As the hub sends it, where both directions exist.")
    ] = False,
) -> None:
    """Print a valid `data` of a message type, made of test data only."""
    name = short_name(type_)
    if name not in sample_names():
        known = ", ".join(sorted(sample_names()))
        raise OperatorError("type-unknown", f"There is no message type {name!r}; there are {known}.")
    print_json(sample_data(name, Direction.FROM_HUB if from_hub else None))


def short_name(type_: str) -> str:
    """`group.name` of a wire type, or of itself."""
    return type_.removeprefix(WIRE_PREFIX).removesuffix(f".{VERSION}")

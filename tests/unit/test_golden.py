"""What is stored, and what partners read, changes by a decision: never by the way."""

from tests.golden.shapes import FOLDER, shapes


def test_the_shapes_that_others_rely_on_are_as_they_were_written_down() -> None:
    """A change that is meant: `make golden`, and read in the difference what it does to who has the old one."""
    found = shapes()
    changed = [
        name for name, text in found.items() if not (FOLDER / name).exists() or (FOLDER / name).read_text() != text
    ]
    assert changed == []


def test_a_shape_that_is_gone_is_missed() -> None:
    assert {file.relative_to(FOLDER).as_posix() for file in FOLDER.glob("*/*.json")} == set(shapes())

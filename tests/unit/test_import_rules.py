"""The import rules of `make check` hold for every module of the hub."""

from pathlib import Path

import hub

HUB = Path(hub.__file__).parent


def test_every_folder_with_python_in_it_is_a_package() -> None:
    # What lies in one without `__init__.py` is not looked at, and every rule is "kept".
    folders = {file.parent for file in HUB.rglob("*.py")}

    assert [str(folder.relative_to(HUB)) for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []

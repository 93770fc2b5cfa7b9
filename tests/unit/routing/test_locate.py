import tomllib
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.routing.locate import Path, locate

TEXT = dedent("""\
    # a comment with [a.table] and key = 1
    [hub]
    oin = "1"        # = [x]

    [regions.haaglanden]
    name = "x [regions.utrecht] y"
    municipalities = [
      "GM0518", # 's-Gravenhage, see "GM0503"
      "GM0503",
      ["nested"], [
      "GM0518",
    ]]
    note = \"\"\"
    [regions.fake]
    name = "no"
    \"\"\"
    regel = '''
    key = [ '''
    after.that = { deep = 1, "quoted = key" = 2 }

    [ partners . "politie-haaglanden" ]
    oin = "2"
    [[partners.politie-haaglanden.sig]]
    kty = "EC"
    [[partners.politie-haaglanden.sig]]
    kty = "OKP"
    [partners.politie-haaglanden.sig.extra]
    x = 1
    ["a = b".c]
    "d.e" = 2
    """)


@pytest.mark.parametrize(
    ("path", "item", "line"),
    [
        (("hub",), None, 2),
        (("hub", "oin"), None, 3),
        (("hub", "missing"), None, 2),
        (("regions", "haaglanden", "name"), None, 6),
        (("regions", "haaglanden", "municipalities"), None, 7),
        (("regions", "haaglanden", "municipalities"), "GM0503", 9),
        (("regions", "haaglanden", "municipalities"), "GM0518", 11),
        (("regions", "haaglanden", "municipalities"), "GM9999", 7),
        (("regions", "haaglanden", "note"), None, 13),
        (("regions", "haaglanden", "regel"), None, 17),
        (("regions", "haaglanden", "after"), None, 19),
        (("regions", "haaglanden", "after", "that", "deep"), None, 19),
        (("regions",), None, 5),
        (("partners", "politie-haaglanden"), None, 21),
        (("partners", "politie-haaglanden", "oin"), None, 22),
        (("partners", "politie-haaglanden", "sig"), None, 23),
        (("partners", "politie-haaglanden", "sig", 1, "kty"), None, 26),
        (("partners", "politie-haaglanden", "sig", 1, "extra", "x"), None, 28),
        (("a = b", "c", "d.e"), None, 30),
        (("nowhere",), None, 1),
        ((), None, 1),
    ],
)
def test_an_entry_is_found_on_its_line(path: Path, item: str | None, line: int) -> None:
    tomllib.loads(TEXT)

    assert locate(TEXT, path, item) == line


KEYS = st.text("abc.-=[]# '", min_size=1, max_size=4)
FILLER = st.sampled_from(["", "# [t]\n", "\n", "# k = 1\n\n"])
VALUES = st.sampled_from(
    ["1", '"]["', "[\n1, # [x]\n2]", '"""\na = 1\n[b]\n"""', "'''\n[[c]]\n'''", "{ z = [1] }", "[[1], [\n]]"]
)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(st.dictionaries(KEYS, st.dictionaries(KEYS, st.tuples(FILLER, VALUES), max_size=3), max_size=3))
def test_every_key_of_any_document_is_found_on_its_line(tables: dict[str, dict[str, tuple[str, str]]]) -> None:
    text = ""
    lines: dict[Path, int] = {}
    for table, entries in tables.items():
        lines[table,] = text.count("\n") + 1
        text += f'["{table}"]\n'
        for key, (filler, value) in entries.items():
            text += filler
            lines[table, key] = text.count("\n") + 1
            text += f'"{key}" = {value}\n'
    tomllib.loads(text)

    assert {path: locate(text, path) for path in lines} == lines

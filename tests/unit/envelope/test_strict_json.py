import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hub.envelope import strict_json
from hub.errors import Code, Rejection

CANARY = "Kanariepiet"
DEEP = 100_000

REFUSED = [
    pytest.param(b"", "not JSON", id="nothing"),
    pytest.param(b"   ", "not JSON", id="white space only"),
    pytest.param(b"{} {}", "not JSON", id="two values"),
    pytest.param(b"{} x", "not JSON", id="garbage after"),
    pytest.param(b"{'a': 1}", "not JSON", id="single quotes"),
    pytest.param(b'{"a": 1,}', "not JSON", id="trailing comma"),
    pytest.param(b'// c\n{"a": 1}', "not JSON", id="comment"),
    pytest.param(b'{"a": 01}', "not JSON", id="leading zero"),
    pytest.param(b'{"a": +1}', "not JSON", id="plus sign"),
    pytest.param(b'{"a": "\t"}', "not JSON", id="raw control character"),
    pytest.param(b'{"a": "\x00"}', "not JSON", id="raw NUL"),
    pytest.param(b'{"a": "\\x41"}', "not JSON", id="unknown escape"),
    pytest.param(b'{"a": "\\u12"}', "not JSON", id="short escape"),
    pytest.param(b'{"a": "open', "not JSON", id="open string"),
    pytest.param(b'{"a": "open\\', "not JSON", id="open escape"),
    pytest.param(b"\xef\xbb\xbf{}", "not JSON", id="byte order mark"),
    pytest.param('{"a": 1}'.encode("utf-16"), "not UTF-8", id="UTF-16 with mark"),
    pytest.param('{"a": 1}'.encode("utf-16-le"), "not JSON", id="UTF-16"),
    pytest.param('{"a": 1}'.encode("utf-32-be"), "not JSON", id="UTF-32"),
    pytest.param(b'{"a": "\xff"}', "not UTF-8", id="no UTF-8"),
    pytest.param(b'{"a": "\xc0\xaf"}', "not UTF-8", id="overlong UTF-8"),
    pytest.param(b'{"a": "\xed\xa0\x80"}', "not UTF-8", id="raw surrogate"),
    pytest.param(b'{"a": 1, "a": 1}', "duplicate name", id="duplicate"),
    pytest.param(b'{"a": 1, "\\u0061": 2}', "duplicate name", id="duplicate, escaped"),
    pytest.param(b'[{"x": {"a": 1, "b": 2, "a": 3}}]', "duplicate name", id="duplicate, deep"),
    pytest.param(b'{"a": NaN}', "NaN or Infinity", id="NaN"),
    pytest.param(b'{"a": Infinity}', "NaN or Infinity", id="Infinity"),
    pytest.param(b'{"a": -Infinity}', "NaN or Infinity", id="minus Infinity"),
    pytest.param(b'{"a": 1.0}', "fraction or exponent", id="fraction"),
    pytest.param(b'{"a": 1e2}', "fraction or exponent", id="exponent"),
    pytest.param(b'{"a": 1e400}', "fraction or exponent", id="infinite exponent"),
    pytest.param(b"-0.0", "fraction or exponent", id="minus zero"),
    pytest.param(b'{"a": 9007199254740992}', "integer out of range", id="2**53"),
    pytest.param(b'{"a": -9007199254740992}', "integer out of range", id="-2**53"),
    pytest.param(b"[" + b"9" * 5000 + b"]", "integer out of range", id="5000 digits"),
    pytest.param(b'{"a": "\\u0000"}', "U+0000", id="escaped NUL"),
    pytest.param(b'{"a\\u0000": 1}', "U+0000", id="escaped NUL in a name"),
    pytest.param(b'["\\\\\\u0000"]', "U+0000", id="escaped NUL after a backslash"),
    pytest.param(b'["\\ud800"]', "lone surrogate", id="high surrogate"),
    pytest.param(b'["\\uDFFF"]', "lone surrogate", id="low surrogate"),
    pytest.param(b'["\\udc00\\ud800"]', "lone surrogate", id="surrogates in the wrong order"),
    pytest.param(b'{"\\ud83d": 1}', "lone surrogate", id="surrogate in a name"),
    pytest.param(b"[" * 33 + b"]" * 33, "nested too deep", id="33 arrays"),
    pytest.param(b'{"a":' * 33 + b"1" + b"}" * 33, "nested too deep", id="33 objects"),
    pytest.param(b'[{"a":' * 17 + b"1" + b"}]" * 17, "nested too deep", id="34 mixed"),
    pytest.param(b"[" * DEEP + b"]" * DEEP, "nested too deep", id="very deep"),
    pytest.param(b"[" * DEEP, "nested too deep", id="very deep, never closed"),
    pytest.param(b'[{"":' * DEEP, "nested too deep", id="very deep objects, never closed"),
    pytest.param(b"[[" * 20 + b'"' + b'\\"' * DEEP, "nested too deep", id="an open string full of escaped quotes"),
]

ACCEPTED = [
    b"{}",
    b"[]",
    b"null",
    b'"x"',
    b' \n\t\r{"a" : [1, -1, 0, true, false, null]} \n',
    b'{"a": 9007199254740991, "b": -9007199254740991}',
    b'["\\\\u0000"]',
    b'["\\\\\\\\u0000 \\\\ud800"]',
    b'["\\ud83d\\ude00", "\\u00eb"]',
    '["\N{GRINNING FACE}", "ë", "\ufeff"]'.encode(),
    b'{"a": {"a": 1}, "b": {"a": 1}}',
    b'{"a": 1, "A": 2}',
    b"[" * 32 + b"]" * 32,
    b'{"a":' * 32 + b"1" + b"}" * 32,
    b"[" + b"[],{}," * 5000 + b"1]",
    b'["' + b"[{" * 1000 + b'", [], "\\"[[[["]',
]


@pytest.mark.parametrize(("data", "detail"), REFUSED)
def test_what_another_reader_could_read_otherwise_is_refused(data: bytes, detail: str) -> None:
    with pytest.raises(Rejection) as refused:
        strict_json.parse(data)
    assert refused.value.reason is Code.JSON_INVALID
    assert refused.value.detail == detail


@pytest.mark.parametrize("data", ACCEPTED)
def test_plain_json_is_read_as_the_standard_library_reads_it(data: bytes) -> None:
    assert strict_json.parse(data) == json.loads(data)


@pytest.mark.parametrize(
    "data", [f'{{"naam": "{CANARY}"'.encode(), f'["{CANARY}", 1.5]'.encode(), b"\xff" + CANARY.encode()]
)
def test_a_refusal_carries_nothing_of_the_text(data: bytes) -> None:
    with pytest.raises(Rejection) as refused:
        strict_json.parse(data)
    error = refused.value
    assert CANARY not in repr(error) + str(error) + error.detail
    assert error.__cause__ is None
    assert error.__context__ is None


@given(st.one_of(st.binary(), st.text().map(str.encode), st.text('[]{}",:\\u0d8eE.-1 \n').map(str.encode)))
@example(b'["\\ud83d\\ude00"]')
def test_anything_is_either_refused_or_read_as_every_reader_reads_it(data: bytes) -> None:
    try:
        value = strict_json.parse(data)
    except Rejection:
        return
    assert value == json.loads(data)
    assert strict_json.parse(json.dumps(value, ensure_ascii=False).encode("utf-8")) == value


TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))
DOCUMENT = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
)


@given(DOCUMENT, st.booleans())
def test_every_document_within_the_rules_is_accepted_unchanged(document: object, ascii_only: bool) -> None:
    data = json.dumps(document, ensure_ascii=ascii_only).encode("utf-8")
    value = strict_json.parse(data)
    assert value == document
    assert json.dumps(value, ensure_ascii=ascii_only).encode("utf-8") == data

"""The part of YAML that front matter may be: every value text, every field with its line, hostile input refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casebase.ingest.front_matter import read_front_matter, write_front_matter


def codes(source: str) -> list[tuple[str, int | None]]:
    return [(fault.code, fault.line) for fault in read_front_matter(source, first_line=2).faults]


@pytest.mark.parametrize(
    "value",
    ["no", "yes", "null", "~", "true", "2023-07", "2023-07-10", "007", "1e3", "0x1f", "12:30:45", "1_000", ".inf", "=", "<<", "!"],
)
def test_every_value_is_read_as_the_text_that_is_written(value: str) -> None:
    written = f"field: {value}\n" if value != "!" else 'field: "!"\n'
    assert read_front_matter(written, first_line=1).fields == {"field": value}


def test_a_tag_makes_nothing_but_text() -> None:
    front = read_front_matter("a: !!python/object/apply:os.system [echo]\nb: !!int '3'\n", first_line=1)
    assert front.fields == {"a": ["echo"], "b": "3"}


def test_a_field_without_a_value_is_left_out() -> None:
    assert read_front_matter("a:\nb: ''\nc: text\nd: {e: }\n", first_line=1).fields == {"c": "text", "d": {}}


def test_every_field_has_its_line_in_the_file() -> None:
    source = "a: 1\nb:\n  c: 2\n  d:\n    - e: 3\n    - f\ng: [h,\n  i]\n"
    front = read_front_matter(source, first_line=2)
    wanted = {
        ("a",): 2,
        ("b",): 3,
        ("b", "c"): 4,
        ("b", "d"): 5,
        ("b", "d", 0): 6,
        ("b", "d", 0, "e"): 6,
        ("b", "d", 1): 7,
        ("g",): 8,
    }
    assert {where: front.line(where) for where in wanted} == wanted
    assert (front.line(("g", 0)), front.line(("g", 1))) == (8, 9)


def test_a_field_that_is_not_there_has_the_line_of_the_nearest_one_around_it() -> None:
    front = read_front_matter("a: 1\nb:\n  c: 2\n", first_line=2)
    assert (front.line(("b", "name")), front.line(("b", "c", 7)), front.line(("z",))) == (3, 4, None)


@pytest.mark.parametrize(
    ("source", "code", "line"),
    [
        ("a: 1\nb: &anchor x\nc: 2\n", "yaml.not_plain", 3),
        ("a: 1\nb: *anchor\n", "yaml.not_plain", 3),
        ("a: &a [x]\nb: *a\n", "yaml.not_plain", 2),
        ("a: " + "[" * 9 + "]" * 9 + "\n", "yaml.not_plain", 2),
        ("a: " + "[" * 5000 + "]" * 5000 + "\n", "yaml.not_plain", 2),
        ("a: " + "{a: " * 5000 + "}" * 5000 + "\n", "yaml.not_plain", 2),
        ("? [a, b]\n: c\n", "yaml.not_plain", 2),
        ("a: 1\n? {b: c}\n: d\n", "yaml.not_plain", 3),
        ("a: 1\n\tb: 2\n", "yaml.syntax", 3),
        ("a: 1\nb: 2: 3\n", "yaml.syntax", 3),
        ("a: 1\nb: [x\n", "yaml.syntax", 3),
        ("a: 1\nb: [x\nc: 2\n", "yaml.syntax", 3),
        ('a: 1\nb: "x\nc: 2\n', "yaml.syntax", 3),
        ("a: 1\nb\nc: 2\n", "yaml.syntax", 3),
        ('a: "x\n', "yaml.syntax", 2),
        ("a: 1\nb: @x\n", "yaml.syntax", 3),
        ("a: 1\nb: 'x'y\n", "yaml.syntax", 3),
        ("a: 1\n...\nb: 2\n", "yaml.syntax", 4),
        ("%YAML 1.1\n", "yaml.syntax", 3),
        ("a: 1\nb: x\x07y\n", "yaml.characters", 3),
        ("a: 1\nb: x\x00y\n", "yaml.characters", 3),
        ("a: 1\nb: x\x1b[31m\n", "yaml.characters", 3),
        ("a: \ud800\n", "yaml.characters", 2),
        ("- a\n- b\n", "yaml.not_fields", 2),
        ("just a text\n", "yaml.not_fields", 2),
        ("", "yaml.not_fields", 2),
        ("# only a comment\n", "yaml.not_fields", 2),
        ("a: 1\na: 2\n", "yaml.repeated_field", 3),
        ("a:\n  b: 1\n  b: 2\n", "yaml.repeated_field", 4),
    ],
)
def test_yaml_that_cannot_be_taken_is_one_fault_with_its_line(source: str, code: str, line: int) -> None:
    assert codes(source) == [(code, line)]


def test_a_billion_laughs_are_refused_before_they_are_told() -> None:
    laughs = ["a: &l0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]"]
    laughs += [f"b{number}: &l{number} [{', '.join([f'*l{number - 1}'] * 10)}]" for number in range(1, 10)]
    front = read_front_matter("\n".join(laughs), first_line=2)
    assert ([fault.code for fault in front.faults], front.fields) == (["yaml.not_plain"], {})


def test_eight_levels_are_not_too_deep() -> None:
    assert codes("a: " + "[" * 7 + "x" + "]" * 7 + "\n") == []


def test_the_first_of_two_equal_fields_stays_and_the_place_of_the_second_is_named() -> None:
    front = read_front_matter("a:\n  b: first\n  b: second\n", first_line=1)
    assert front.fields == {"a": {"b": "first"}}
    assert front.faults[0].where == "a.b"


@given(st.text(max_size=200))
def test_reading_never_raises(source: str) -> None:
    front = read_front_matter(source, first_line=2)
    assert all(fault.line is not None for fault in front.faults)


@given(st.text(alphabet=st.sampled_from("ab:-[]{}&*!|>'\"#%@`,? \n\t\\\x00\x85\u2028\ud800é"), max_size=80))
def test_reading_never_raises_on_text_that_looks_like_yaml(source: str) -> None:
    front = read_front_matter(source, first_line=2)
    assert all(fault.line is not None for fault in front.faults)


LINES = (
    st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=40)
    .map(lambda text: " ".join(text.split()))
    .filter(bool)
)
VALUES = st.recursive(
    LINES,
    lambda inner: st.lists(inner, min_size=1, max_size=4) | st.dictionaries(LINES, inner, min_size=1, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(LINES, VALUES, min_size=1, max_size=5))
def test_what_is_written_is_read_back(fields: dict[str, object]) -> None:
    front = read_front_matter(write_front_matter(fields), first_line=1)
    assert (front.fields, front.faults) == (fields, [])


def test_a_short_list_of_words_stands_on_one_line_and_a_long_one_does_not() -> None:
    assert write_front_matter({"places": ["Hà Nội", "Hà Nam"]}) == "places: [Hà Nội, Hà Nam]\n"
    assert write_front_matter({"places": ["a" * 60, "b" * 60]}) == f"places:\n  - {'a' * 60}\n  - {'b' * 60}\n"


def test_a_long_value_is_never_folded_over_two_lines() -> None:
    assert write_front_matter({"summary": "một hai " * 60}).count("\n") == 1


def test_the_same_value_twice_is_written_twice_and_never_as_an_alias() -> None:
    same = ["a", "b"]
    assert write_front_matter({"one": same, "two": same}) == "one: [a, b]\ntwo: [a, b]\n"

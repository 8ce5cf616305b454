"""The table of keys in policies/README.md: every key that the models take, and none that they do not."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from policies.keys import key_of, keys_beside, walk_keys
from policies.parameters import KEYS, Document
from policies.problems import find_line

README = Path("policies/README.md")
BEGIN, END = "<!-- keys -->\n", "<!-- /keys -->"


def table() -> str:
    rows = [f"| `{key}` | {entry.meaning} | `{entry.example}` |" for key, entry in KEYS.items()]
    return "\n".join(["| key | what it says | for example |", "|---|---|---|", *rows]) + "\n"


def test_the_readme_has_every_key_with_an_example() -> None:
    text = README.read_text(encoding="utf-8")
    printed = text[text.index(BEGIN) + len(BEGIN) : text.index(END)]
    assert printed == table(), f"write this between {BEGIN.strip()} and {END}:\n{table()}"


def test_every_key_that_the_models_take_is_described_and_no_other() -> None:
    taken = {path for path, _ in walk_keys(Document)}
    assert [key for key in sorted(taken) if key_of(KEYS, key) is None] == []
    assert [key for key in KEYS if key not in taken | {"clause", "source"}] == []


@pytest.mark.parametrize("key", [key for key, entry in KEYS.items() if not entry.example.startswith("[")])
def test_every_example_is_toml_that_has_the_key(key: str) -> None:
    (written,) = tomllib.loads(KEYS[key].example)
    assert written in key.split(".")
    assert key.rpartition(".")[2] in KEYS[key].example


def test_the_keys_beside_one_are_those_of_its_table() -> None:
    assert keys_beside(KEYS, "id") == ["id", "title", "version"]
    assert keys_beside(KEYS, "version.exemptions.colour") == ["value", "unit", "clause", "source"]
    assert keys_beside(KEYS, "version.teachers.value.most") == ["minimum", "maximum", "cap", "counted"]


def test_a_key_is_found_on_its_line_or_on_that_of_what_encloses_it() -> None:
    text = "id = 1\n\n[[version]]\na = 1\n[[version]]\na = 2\n[version.charge]\nvalue = { b = 1 }\n"
    assert find_line(text, ("version", 0, "a")) == 4
    assert find_line(text, ("version", 1, "a")) == 6
    assert find_line(text, ("version", 1, "charge", "value", "b")) == 8
    assert find_line(text, ("version", 1, "notice")) == 5
    assert find_line(text, ("nothing",)) == 1

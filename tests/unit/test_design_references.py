"""DESIGN.md says what the code does: cited sections exist, and every reason, exit code and document has its row."""

from __future__ import annotations

import ast
import itertools
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest

from eb_sync import errors
from eb_sync.cli.main import app
from eb_sync.errors import EXIT_ORDER
from eb_sync.export.column_maps import FIELDS
from eb_sync.export.register_files import REGISTER_COLUMNS
from eb_sync.verify.run import CHECKS
from eb_sync.workshops.calendar import WorkshopState
from policies.decisions import FindingKind, Outcome, Reason, Verdict
from policies.engine import OUTCOMES
from policies.facts import AnswerWord, Channel
from policies.no_show import QUESTIONS

ROOT = Path(__file__).parents[2]
DESIGN = (ROOT / "DESIGN.md").read_text(encoding="utf-8")
SEARCHED = ("eb_sync", "policies", "tests", "cron", ".ci")
ENDINGS = {".py", ".md", ".toml", ".sh", ""}

_NUMBER = r"(?:\d+[a-z](?![a-z])|\d+(?:\.\d+)*[a-z]?(?![a-z\d]))"
_REFERENCE = re.compile(
    rf"DESIGN(?:'s)?\s+(?:[Ss]ections?\s+)?({_NUMBER}(?:,? row \d+[a-z]?)?(?:(?:,| and)\s+{_NUMBER}(?!\s*%))*)"
)
_HEADING = re.compile(r"^#{2,4} (\d+(?:\.\d+)*)[. ]", re.MULTILINE)
_ROW = re.compile(r"^\|(.+)\|$", re.MULTILINE)


def find_references(text: str) -> list[str]:
    """Every section cited, and `row N` for a row of the decision table."""
    cited = [match[1] for match in _REFERENCE.finditer(text)]
    rows = [f"row {row}" for each in cited for row in re.findall(r"row (\d+[a-z]?)", each)]
    sections = [re.sub(r"row \d+[a-z]?", "", each) for each in cited]
    return [number for each in sections for number in re.findall(_NUMBER, each)] + rows


def resolves(reference: str) -> bool:
    """Whether a heading has this number; a letter behind it is an item of that section, `(c)`."""
    if reference.startswith("row "):
        return any(row[0] == reference.removeprefix("row ") for row in table_rows("5.2"))
    number, letter = re.fullmatch(r"([\d.]+)([a-z]?)", reference).groups()  # type: ignore[union-attr]
    own_text = re.split(r"^#", section(number), maxsplit=1, flags=re.MULTILINE)[0] if letter else ""
    return number in _HEADING.findall(DESIGN) and (not letter or f"**({letter})**" in own_text)


@cache
def section(number: str) -> str:
    """The text under a heading, with its subsections."""
    begin = re.search(rf"^(#+) {re.escape(number)}[. ]", DESIGN, re.MULTILINE)
    assert begin is not None, number
    rest = DESIGN[begin.end() :]
    end = re.search(rf"^#{{1,{len(begin[1])}}} ", rest, re.MULTILINE)
    return rest if end is None else rest[: end.start()]


def table_rows(number: str) -> list[list[str]]:
    """The rows of all tables of a section, cell by cell."""
    return [[cell.strip() for cell in row.split(" | ")] for row in _ROW.findall(section(number))]


def coded(text: str) -> list[str]:
    """What stands between backticks."""
    return re.findall(r"`([^`]+)`", text)


def files() -> Iterator[Path]:
    """Every text that may cite the design."""
    yield from ROOT.glob("*.md")
    for folder in SEARCHED:
        yield from (path for path in (ROOT / folder).rglob("*") if path.is_file() and path.suffix in ENDINGS)


def leaves(command: click.Command, words: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, by its full name."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from leaves(found, (*words, name))
    else:
        yield " ".join(words), command


def test_every_cited_section_exists() -> None:
    cited = {
        (reference, path.relative_to(ROOT).as_posix())
        for path in files()
        if path != Path(__file__)
        for reference in find_references(path.read_text(encoding="utf-8"))
    }
    assert len(cited) > 30
    assert [each for each in sorted(cited) if not resolves(each[0])] == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("(DESIGN 5.2)", ["5.2"]),
        ("(DESIGN 7.3c).", ["7.3c"]),
        ("DESIGN section 6", ["6"]),
        ("the promises of DESIGN 1 and 5, over", ["1", "5"]),
        ("(DESIGN 5.2 row 10, 8.4)", ["5.2", "8.4", "row 10"]),
        ("DESIGN 7.99", ["7.99"]),
        ("DESIGN.md and [DESIGN](DESIGN.md)", []),
    ],
)
def test_references_are_found_in_all_their_forms(text: str, found: list[str]) -> None:
    assert find_references(text) == found


@pytest.mark.parametrize("reference", ["5.9", "9", "7.3q", "7a", "row 99", "12.1"])
def test_a_section_that_is_not_there_does_not_resolve(reference: str) -> None:
    assert not resolves(reference)


def test_headings_are_numbered_in_order_and_once() -> None:
    numbers = [tuple(int(part) for part in number.split(".")) for number in _HEADING.findall(DESIGN)]
    assert numbers == sorted(set(numbers))


def test_every_reason_has_a_row_and_no_other_word_has() -> None:
    reasons = [row[1] for row in table_rows("5.2") if row[0].rstrip("ab").isdigit()]
    after = [row[0] for row in table_rows("5.2") if len(row) == 3 and row[0].startswith("`")]
    assert {word for cell in (*reasons, *after) for word in coded(cell)} == set(Reason)


def test_every_reason_has_the_outcome_that_follows_from_it() -> None:
    numbered = [(row[1], row[2]) for row in table_rows("5.2") if row[0].rstrip("ab").isdigit()]
    after = [(row[0], row[1]) for row in table_rows("5.2") if len(row) == 3 and row[0].startswith("`")]
    outcomes: dict[str, set[str]] = {}
    for reason, outcome in (*numbered, *after):
        outcomes.setdefault(coded(reason)[0], set()).update(coded(outcome))
    expected = {reason.value: {outcome.value} for reason, outcome in OUTCOMES.items()}
    assert outcomes == expected | {Reason.TURNED_AWAY: {Outcome.CHARGE, Outcome.NOT_CHARGED}}


def test_questions_are_asked_in_the_order_of_the_table() -> None:
    rows = [row for row in table_rows("5.2") if len(row) >= 3 and row[-2] == "`review`"]
    named = [coded(row[-3])[0] for row in rows]
    assert named == [reason.value for reason in QUESTIONS]


def test_every_question_has_its_answers() -> None:
    answers: dict[str, set[str]] = {}
    for row in table_rows("5.2"):
        if len(row) == 2 and set(coded(row[0])) & {reason.value for reason in QUESTIONS}:
            words = set(coded(row[1])) & set(AnswerWord)
            answers |= dict.fromkeys(coded(row[0]), words)
    assert answers == {reason.value: {word.value for word in words} for reason, words in QUESTIONS.items()}


def test_every_finding_about_teachers_has_a_row() -> None:
    assert [coded(row[0])[0] for row in table_rows("5.3") if coded(row[0])] == [kind.value for kind in FindingKind]


def test_every_folder_of_the_layers_is_in_the_picture() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contract = next(each for each in project["tool"]["importlinter"]["contracts"] if each["type"] == "layers")
    named = {word for layer in contract["layers"] for word in re.findall(r"\w+", layer)}
    pictured = set(re.findall(r"\w+", section("3")))
    assert sorted(named - pictured) == []


def test_every_exit_code_has_a_row() -> None:
    codes = {error.exit_code for error in vars(errors).values() if hasattr(error, "exit_code")}
    rows = {int(row[0]) for row in table_rows("6.4") if row[0].isdigit()}
    assert rows == codes | {0, 130}


def test_the_order_of_a_nights_exit_codes_is_said() -> None:
    assert f"{', '.join(str(code) for code in EXIT_ORDER)}, 0." in section("6.4")


def test_every_command_is_listed() -> None:
    listed = " ".join(row[0] for row in table_rows("6.1"))
    missing = [name for name, _ in leaves(app) if not all(word in listed for word in name.split())]
    assert missing == []


def test_every_command_with_a_json_document_has_a_row() -> None:
    rows = {word for row in table_rows("6.2") for word in coded(row[0])}
    named = {name for name, command in leaves(app) if "--json" in {opt for each in command.params for opt in each.opts}}
    recording = {
        name for name, command in leaves(app) if "--by" in {opt for each in command.params for opt in each.opts}
    }
    assert sorted(named - rows - recording) == []
    assert len(named & rows) > 15


def written_keys() -> Iterator[tuple[str, str]]:
    """Keys of every JSON document: in what is printed, and in what a function named so gives back."""
    for path in (ROOT / "eb_sync").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if "_json(" in text else ():
            documents: list[ast.AST] = []
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print_json":
                documents = list(node.args)
            if isinstance(node, ast.FunctionDef) and node.name.endswith("_json"):
                documents = [each.value for each in ast.walk(node) if isinstance(each, ast.Return) and each.value]
            for literal in itertools.chain.from_iterable(ast.walk(each) for each in documents):
                if isinstance(literal, ast.Dict):
                    yield from (
                        (key.value, path.name)
                        for key in literal.keys
                        if isinstance(key, ast.Constant) and isinstance(key.value, str)
                    )


def test_every_key_of_a_json_document_is_described() -> None:
    described = set(re.findall(r"\w+", section("6.2")))
    keys = set(written_keys())
    assert len(keys) > 80
    assert sorted(each for each in keys if each[0] not in described) == []


@pytest.mark.parametrize("words", [WorkshopState, Verdict, Channel])
def test_the_words_in_json_documents_are_listed(words: type[WorkshopState | Verdict | Channel]) -> None:
    assert {word.value for word in words} <= set(coded(section("6.2")))


def test_the_columns_of_both_files_are_those_that_are_written() -> None:
    column_map = tomllib.loads((ROOT / "eb_sync/export/maps/csv.toml").read_text(encoding="utf-8"))
    names = ",".join(column["name"] for column in column_map["columns"])
    assert f"<!-- charge list -->\n`{names}`\n" in section("6.3")
    assert f"<!-- register -->\n`{','.join(REGISTER_COLUMNS)}`\n" in section("6.3")


def test_every_field_of_a_column_map_is_listed() -> None:
    listed = section("6.3").partition("<!-- fields -->")[2].partition("<!-- /fields -->")[0]
    assert coded(listed) == sorted(FIELDS)


def test_decisions_are_numbered_once_and_dated() -> None:
    text = (ROOT / "DECISIONS.md").read_text(encoding="utf-8")
    numbers = re.findall(r"^### (\d+)\. ", text, re.MULTILINE)
    assert len(set(numbers)) == len(numbers) > 170
    assert len(numbers) == len(re.findall(r"^### \d+\. \S.+\S\n\n\*\d{4}-\d\d-\d\d\.\* ", text, re.MULTILINE))
    assert re.findall(r"^\d+\. \*\*", text, re.MULTILINE) == []


def test_every_check_of_verify_is_named() -> None:
    assert [word for row in table_rows("7.13") for word in coded(row[0])] == [name for name, _ in CHECKS]

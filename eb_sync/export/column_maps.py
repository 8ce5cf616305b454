"""Column maps: how a finance system wants its charge list, as a TOML document that anybody may write.

Shipped maps are in `maps`; an own map may take one over (`extends`) and change what differs.
"""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from eb_sync.errors import SettingsError
from eb_sync.model.documents import VatTreatment

_SHIPPED = Path(__file__).parent / "maps"
NATIVE = "csv"
"""The map of the charge list that DESIGN section 6 describes."""
SPREADSHEET = "xlsx"
"""The same list as a spreadsheet."""

TEXT_FIELDS = frozenset(
    """
    batch_id row_key document_number document_kind school school_urn bill_to bill_to_email address_1 address_2
    address_3 address_4 postcode po_number workshop_id workshop_title booking_ref reason what clause currency
    vat_treatment original_number kind_code tax_code account_code customer_code customer
    """.split()  # noqa: SIM905 - a list of words reads better as text
)
DATE_FIELDS = frozenset({"document_date", "due_date", "pay_by_date", "workshop_date"})
AMOUNT_FIELDS = frozenset({"net", "vat", "gross"})
FIELDS = TEXT_FIELDS | DATE_FIELDS | AMOUNT_FIELDS
"""What a column may hold; the guide for finance says what each is."""

UNCUTTABLE = frozenset(
    {"document_number", "row_key", "tax_code", "account_code", "customer_code", "customer", "kind_code"}
)
"""What means something else with its end cut off."""

_TELLING = frozenset({"customer", "customer_code", "school_urn"})
"""By which two payers of one name can be told apart."""
_MADE = ("customers", "customer_codes")
"""Not to be written in a file: ebsync fills them in when a batch is made."""

_CODES = {
    "kind": frozenset({"invoice", "credit_note"}),
    "tax": frozenset(VatTreatment),
    "account": frozenset({*VatTreatment, "*"}),
    "customer": None,
}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Strict):
    """One column: a field as it is, or a text in which `{fields}` are filled in."""

    name: str = ""
    field: str | None = None
    text: str | None = None
    limit: Annotated[int, Field(ge=1)] | None = None
    """Characters that the other program takes; the rest is cut off."""

    @model_validator(mode="after")
    def _is_of_known_fields(self) -> Column:
        if (self.field is None) == (self.text is None):
            raise ValueError("a column needs either `field` or `text`")
        unknown = [name for name in self.fields if name not in FIELDS]
        if unknown:
            raise ValueError(f"there is no field {', '.join(unknown)}; fields are {', '.join(sorted(FIELDS))}")
        if any(spec or conversion for _, _, spec, conversion in string.Formatter().parse(self.text or "")):
            raise ValueError("within braces there is a field's name and nothing else")
        return self

    @property
    def is_number(self) -> bool:
        """Whether it is an amount, or a number that the map fixes: no formula, whatever sign it begins with."""
        if self.field is not None:
            return self.field in AMOUNT_FIELDS
        amounts = {f"{{{name}}}" for name in AMOUNT_FIELDS}
        return self.text in amounts or re.fullmatch(r"[+-]?[0-9]+(?:[.,][0-9]+)?", self.text or "") is not None

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the fields it is made of."""
        if self.field is not None:
            return (self.field,)
        return tuple(name for _, name, _, _ in string.Formatter().parse(self.text or "") if name is not None)


class ColumnMap(_Strict):
    """How a charge list is written."""

    title: str
    file_type: Literal["csv", "xlsx"] = "csv"
    """A spreadsheet has real numbers and dates; `delimiter`, `encoding`, `decimal` and `date_format` are for text."""
    header: bool = True
    delimiter: Literal[",", ";", "\t", "|"] = ","
    encoding: Literal["utf-8", "utf-8-sig", "cp1252"] = "utf-8"
    date_format: str = "%d/%m/%Y"
    decimal: Literal[".", ","] = "."
    one_line: bool = True
    """Whether line breaks within a text become spaces."""
    credits: Literal["negative", "positive", "left_out"] = "negative"
    """How amounts of credit notes stand; left out where the program imports none: they are then named on stderr."""
    documents_per_file: Annotated[int, Field(ge=1)] | None = None
    rows_per_file: Annotated[int, Field(ge=1)] | None = None
    codes: dict[str, dict[str, str]] = {}
    """`kind`, `tax` and `account` (by VAT treatment, `*` for all), `customer` (by URN, id or name of who pays)."""
    customers: dict[str, str] = {}
    """What the payers of a batch's documents are called, by document number; kept with the batch, never in a file."""
    customer_codes: dict[str, str] = {}
    """Of those payers the ones with a code of their own, by document number."""
    columns: Annotated[tuple[Column, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _is_of_known_codes(self) -> ColumnMap:
        for group, codes in self.codes.items():
            if group not in _CODES:
                raise ValueError(f"there are no codes for {group}; codes are {', '.join(_CODES)}")
            known = _CODES[group]
            unknown = [] if known is None else [key for key in codes if key not in known]
            if unknown:
                raise ValueError(f"codes.{group} has {', '.join(unknown)}; known are {', '.join(sorted(known or ()))}")
        return self

    @property
    def used(self) -> frozenset[str]:
        """Names of all fields in its columns."""
        return frozenset(field for column in self.columns for field in column.fields)

    @property
    def prices_include_vat(self) -> bool:
        """Whether it gives amounts with VAT and says what the tax is: the other program must not add VAT to them."""
        return "gross" in self.used and "net" not in self.used and "tax_code" in self.used

    @property
    def knows_customers(self) -> bool:
        """Whether it calls payers by customer names or codes that are told apart."""
        return bool(self.used & {"customer", "customer_code"})

    @property
    def knows_names_alone(self) -> bool:
        """Whether it names the payer or the school and has nothing by which two of one name are told apart."""
        return bool(self.used & {"bill_to", "school"}) and not self.used & _TELLING

    def with_customers(self, codes: Mapping[str, str]) -> ColumnMap:
        """The same with the settings' codes for customers; its own come first."""
        own = self.codes.get("customer", {})
        return self.model_copy(update={"codes": {**self.codes, "customer": {**codes, **own}}})


def shipped_maps() -> tuple[str, ...]:
    """Names of the maps that come with ebsync; the native one first."""
    names = sorted(path.stem for path in _SHIPPED.glob("*.toml"))
    return (NATIVE, *(name for name in names if name != NATIVE))


def load_column_map(name: str) -> ColumnMap:
    """A map by its shipped name, or by the path of a TOML file.

    Raises:
        SettingsError: there is none, it cannot be read, or it says something unknown; names every such thing.
    """
    try:
        return ColumnMap.model_validate(_read(name))
    except ValidationError as error:
        found = error.errors()
        # columns that are wrong themselves are said to be missing as well
        told = [problem for problem in found if problem["type"] != "too_short" or len(found) == 1]
        problems = "; ".join(_sentence(problem["loc"], problem["msg"]) for problem in told)
        raise SettingsError(f"The column map {name} is wrong: {problems}.") from None


def _sentence(location: tuple[int | str, ...], message: str) -> str:
    where = ".".join(str(part + 1) if isinstance(part, int) else part for part in location)
    return f"{where}: {message.removeprefix('Value error, ')}" if where else message.removeprefix("Value error, ")


def _read(name: str) -> dict[str, Any]:
    path = _SHIPPED / f"{name}.toml" if name in shipped_maps() else Path(name)
    if not _is_file(path):
        raise SettingsError(
            f"There is no format {name}: name one of {', '.join(shipped_maps())}, or the file of a column map."
        )
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"The column map {name} cannot be read: {error}.") from None
    made = [key for key in _MADE if key in values]
    if made:
        raise SettingsError(f"The column map {name} has {', '.join(made)}, which only ebsync fills in: delete it.")
    base = values.pop("extends", None)
    return values if base is None else _extended(str(base), values, name)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # longer than a name may be, or with a character that none may have
        return False


def _extended(base: str, values: dict[str, Any], name: str) -> dict[str, Any]:
    if base not in shipped_maps():
        raise SettingsError(f"The column map {name} extends {base}; it may extend {', '.join(shipped_maps())}.")
    whole = _read(base)
    given = values.pop("codes", {})
    codes = {**whole.pop("codes", {}), **({} if isinstance(given, dict) else {"codes": given})}
    for group, table in given.items() if isinstance(given, dict) else ():
        codes[group] = {**codes.get(group, {}), **table} if isinstance(table, dict) else table
    return {**whole, **values, "codes": codes}

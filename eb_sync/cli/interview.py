"""What `ebsync init` has to know: from its options, else asked at the terminal; everything is checked at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

import click
from pydantic import SecretStr

from eb_sync.bootstrap import hub_from_settings
from eb_sync.bootstrap.policy_files import read_policy
from eb_sync.cli.parsing import parse_date
from eb_sync.cli.printing import tell
from eb_sync.errors import EbsyncError, PartialError, SettingsError, TokenRefusedError, UsageError
from eb_sync.model.readings import Organization
from eb_sync.settings import build_settings
from eb_sync.settings.starter import Value, fill_starter
from eb_sync.settings.token_file import check_token_target
from eb_sync.settings.tokens import find_token, read_token_file
from policies.parameters import Policy
from policies.sentences import describe_terms, find_slips

_TRIES = 3
_TOKEN_PAGE = "https://www.eventbrite.com/platform/api-keys"  # noqa: S105 - where to get one
_Parsed = TypeVar("_Parsed")


@dataclass(frozen=True, slots=True)
class Given:
    """The options of `ebsync init`; None and empty: not given."""

    folder: Path
    asks: bool
    """Whether a person sits at a terminal and is to be asked."""
    force: bool
    supplier: dict[str, str | tuple[str, ...] | None]
    token_file: Path | None
    store_token: Path | None
    organization: str | None
    policy: str | None
    billing_from: str | None
    terms_days: int | None
    yes: bool


@dataclass(frozen=True, slots=True)
class Answers:
    """What is to be written."""

    text: str
    """Of the settings file."""
    token: SecretStr
    store_in: Path | None
    """The file that the token is to be kept in; None: nowhere."""
    token_setting: Path | None
    """The token's file, as the settings name it; None: they name none."""
    stays_in: str | None
    """The file or credential, in words, that the environment names and that holds the token."""


def hold_interview(given: Given) -> Answers:
    """Ask, check and put together; nothing is written.

    Raises:
        click.Abort: whoever was asked wants no more.
        TokenRefusedError, TryAgainError: from Eventbrite.
        SettingsError: the token, organisation or policy cannot be used.
        UsageError: an option cannot be understood.
        PartialError: the policy was not agreed to.
    """
    if given.store_token is not None:
        check_token_target(given.store_token, replace=given.force)
    supplier = {name: _check_supplier(name, value) for name, value in given.supplier.items() if value}
    first_on = None if given.billing_from is None else parse_date(given.billing_from)
    token, organizations = _find_token(given)
    organization = _choose_organization(given, organizations)
    store_in = _ask_where_to_keep(given)
    policy = _agree_to_policy(given)
    if given.asks:
        first_on = first_on or _ask_billing_from()
        supplier = _ask_supplier(supplier)
    setting = _as_setting(store_in or given.token_file, given.folder)
    chosen = {"organization_id": organization.id, "policy": policy, "billing_from": first_on}
    text = _settings_text(given, setting, chosen, supplier)
    return Answers(text, token, store_in, setting, None if setting is not None else _name_holder())


def _settings_text(
    given: Given, token_file: Path | None, chosen: Mapping[str, Value | None], supplier: Mapping[str, Value]
) -> str:
    """The settings file with these values; the settings in it are right."""
    values: dict[str, Value | None] = {
        **chosen,
        "eventbrite_token_file": None if token_file is None else str(token_file),
        "supplier.terms_days": given.terms_days,
        **{f"supplier.{name.removeprefix('supplier_')}": value for name, value in supplier.items()},
    }
    text = fill_starter({name: value for name, value in values.items() if value is not None})
    build_settings(tomllib.loads(text))
    return text


def _as_setting(path: Path | None, folder: Path) -> Path | None:
    """Relative where it lies in the settings file's folder, so that the folder can be moved; None stays None."""
    if path is None:
        return None
    absolute, home = path.resolve(), folder.resolve()
    return absolute.relative_to(home) if absolute.is_relative_to(home) else absolute


def _find_token(given: Given) -> tuple[SecretStr, tuple[Organization, ...]]:
    """The token, accepted by Eventbrite, and the organisations it sees."""
    if given.token_file is not None:
        token = read_token_file(given.token_file)
        return token, _fetch_organizations(token)
    try:
        found = find_token(build_settings({}), None)
    except SettingsError as error:
        if not given.asks:
            raise SettingsError(f"{error} Or name a file that holds it: --token-file FILE.") from None
        return _ask_token()
    tell(f"The token is taken from {found.source}.")
    return found.token, _fetch_organizations(found.token)


def _name_holder() -> str | None:
    """The file or credential of the environment that holds the token."""
    try:
        found = find_token(build_settings({}), None)
    except SettingsError:
        return None
    return found.source if found.in_file else None


def _ask_token() -> tuple[SecretStr, tuple[Organization, ...]]:
    tell(f"Copy the private token from {_TOKEN_PAGE} (not the API key, not the public token).")
    for tries_left in reversed(range(_TRIES)):
        token = SecretStr(click.prompt("Private token (it is not shown)", hide_input=True, err=True).strip())
        try:
            return token, _fetch_organizations(token)
        except (TokenRefusedError, SettingsError) as error:
            if not tries_left:
                raise
            tell(f"{error} Once more:")
    raise AssertionError("the last try returns or raises")


def _fetch_organizations(token: SecretStr) -> tuple[Organization, ...]:
    settings = build_settings({}).model_copy(update={"eventbrite_token": token})
    with hub_from_settings(settings, None).eventbrite() as client:
        client.fetch_user()
        return client.fetch_organizations()


def _choose_organization(given: Given, seen: tuple[Organization, ...]) -> Organization:
    """The one that was named, the only one, or the one chosen from a list."""
    if not seen:
        raise SettingsError(
            "The token works, but its user belongs to no organisation, so there are no events to read. Have the hub's "
            "organisation on Eventbrite add the user to its team, or take the token of somebody who is in it. Nothing "
            "was written."
        )
    named = given.organization or build_settings({}).organization_id
    if named is not None:
        return _named_organization(named, seen)
    if len(seen) == 1:
        tell(f"Organisation: {seen[0].id} ({seen[0].name}).")
        return seen[0]
    if not given.asks:
        raise UsageError(f"The token sees several organisations: {_listed(seen)}. Say which: --organization ID.")
    return _ask_organization(seen)


def _listed(seen: tuple[Organization, ...]) -> str:
    return ", ".join(f"{each.id} ({each.name})" for each in seen)


def _named_organization(named: str, seen: tuple[Organization, ...]) -> Organization:
    chosen = next((each for each in seen if each.id == named.strip()), None)
    if chosen is None:
        raise SettingsError(f"The token does not see the organisation {named}. Those it sees are: {_listed(seen)}.")
    return chosen


def _ask_organization(seen: tuple[Organization, ...]) -> Organization:
    for number, each in enumerate(seen, 1):
        tell(f"  {number}. {each.name} ({each.id})")
    number = click.prompt("Which organisation", type=click.IntRange(1, len(seen)), err=True)
    return seen[number - 1]


def _ask_where_to_keep(given: Given) -> Path | None:
    if given.store_token is not None or not given.asks or given.token_file is not None:
        return given.store_token
    try:
        find_token(build_settings({}), None)
    except SettingsError:

        def parse(text: str) -> Path | None:
            path = Path(text).expanduser() if text else None
            if path is not None:
                check_token_target(path, replace=given.force)
            return path

        return _ask("Keep the token in a file that its owner alone can read? Its name, or Enter for no", parse)
    return None


def _agree_to_policy(given: Given) -> str:
    """The policy as the settings name it, once its rules were shown and agreed to."""
    name = given.policy or "maths-hub"
    policy = _read_policy(name) if given.policy is not None or not given.asks else _ask_policy(name)
    while True:
        _show_policy(policy[1])
        if given.yes:
            return policy[0]
        if not given.asks:
            raise PartialError("Nothing was written: read the rules above, and if they are yours, add --yes.")
        if click.confirm("Is this what your booking pages say?", err=True):
            return policy[0]
        tell("Others come with ebsync: `ls policies/documents`; policies/README.md says how to write your own.")
        policy = _ask_policy(name)


def _ask_policy(default: str) -> tuple[str, Policy]:
    return _ask("Charging policy, by name or file", _read_policy, default)


def _read_policy(name: str) -> tuple[str, Policy]:
    policy = read_policy(name)
    # a name with a dot or a slash is a file, which settings read from wherever a command is run
    return (str(Path(name).absolute()) if name.endswith(".toml") or "/" in name else name), policy


def _show_policy(policy: Policy) -> None:
    tell(f"\n{policy.title} ({policy.id})")
    for terms in policy.versions:
        for line in describe_terms(terms):
            tell(line)
    for slip in find_slips(policy):
        tell(f"Warning: {slip}")
    tell("")


def _ask_billing_from() -> date | None:
    what = "Workshops before which day are never charged, such as 2026-09-01 (Enter: decide later)"
    return _ask(what, lambda text: parse_date(text) if text else None)


_QUESTIONS = {
    "supplier_name": "Who issues the invoices",
    "supplier_address": "Address, with ; between its lines",
    "supplier_email": "E-mail address for questions about invoices",
    "bank_name": "Bank",
    "sort_code": "Sort code",
    "account_number": "Account number",
}


def _ask_supplier(known: dict[str, str | tuple[str, ...]]) -> dict[str, str | tuple[str, ...]]:
    """What is not known yet; each may be left for later."""
    asked = dict(known)
    if set(_QUESTIONS) - set(known):
        tell("Who issues the invoices? Enter leaves an answer for later: nothing is invoiced before all are there.")
    for name, question in _QUESTIONS.items():
        if name not in known:

            def parse(text: str, name: str = name) -> str | tuple[str, ...]:
                lines = tuple(line.strip() for line in text.split(";") if line.strip())
                return _check_supplier(name, lines if name == "supplier_address" else text) if text else ""

            answer = _ask(question, parse)
            if answer:
                asked[name] = answer
    return asked


def _check_supplier(name: str, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
    """The value as it is printed.

    Raises:
        UsageError: it cannot be what it should be.
    """
    if isinstance(value, tuple):
        return tuple(line.strip() for line in value)
    text = " ".join(value.split())
    digits = re.sub(r"[\s-]", "", text)
    if name == "sort_code":
        if not re.fullmatch(r"[0-9]{6}", digits):
            raise UsageError(f"{text} is no sort code. Write six digits, such as 00-00-00.")
        return "-".join((digits[:2], digits[2:4], digits[4:]))
    if name == "account_number":
        if not re.fullmatch(r"[0-9]{8}", digits):
            raise UsageError(f"{text} is no account number. Write eight digits.")
        return digits
    if name == "supplier_email" and not re.fullmatch(r"[^@\s]+@[^@\s]+", text):
        raise UsageError(f"{text} is no e-mail address.")
    return text


def _ask(question: str, parse: Callable[[str], _Parsed], default: str = "") -> _Parsed:
    """Ask until the answer can be understood."""
    while True:
        text = click.prompt(question, default=default, show_default=bool(default), err=True)
        try:
            return parse(str(text).strip())
        except EbsyncError as error:
            tell(str(error))

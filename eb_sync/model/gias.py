"""The official register of schools (GIAS): what ebsync keeps of a school, of links between schools, and of trusts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class RegisteredSchool:
    """A school as the register has it. Absent values are empty texts."""

    urn: str
    """Six digits."""
    name: str
    status: str
    """Open; Open, but proposed to close; Closed; Proposed to open. Empty in files without it."""
    kind: str
    """Type of establishment."""
    phase: str
    street: str
    locality: str
    town: str
    county: str
    postcode: str
    """As printed on invoices: `EC3A 5DE`."""
    la_name: str
    """Local authority."""
    website_host: str
    """Without `www.`, small letters."""
    trust_uid: str
    trust_name: str
    opened_on: date | None
    closed_on: date | None

    @property
    def address(self) -> tuple[str, ...]:
        """The lines of an address, the postcode apart."""
        return tuple(line for line in (self.street, self.locality, self.town, self.county) if line)

    @property
    def is_closed(self) -> bool:
        """Whether the register calls it closed."""
        return self.status == "Closed"

    @property
    def is_proposed(self) -> bool:
        """Whether it has yet to open."""
        return self.status == "Proposed to open"


class LinkKind(StrEnum):
    """How one school follows another."""

    SUCCESSOR = "successor"
    """The linked school came after this one."""
    PREDECESSOR = "predecessor"


@dataclass(frozen=True, slots=True)
class SchoolLink:
    """One school followed, or was followed by, another: conversion, merger, amalgamation, split."""

    urn: str
    link_urn: str
    kind: LinkKind
    link_type: str
    """As the register words it: `Successor - merged`."""
    established_on: date | None


@dataclass(frozen=True, slots=True)
class RegisteredTrust:
    """An academy trust."""

    uid: str
    """Group UID."""
    name: str
    address: tuple[str, ...]
    postcode: str

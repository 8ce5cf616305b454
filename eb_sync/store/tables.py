"""The schema. Every table and number series carries a hub's id; what is a fact is only ever inserted.

`persons` and `profiles` (and, while a read is held, its rows) are the people tables: the only ones with
names and e-mail addresses. All else holds ids, so that a person can be erased and every sum still proved.
"""

from __future__ import annotations

import sqlalchemy as sa

from eb_sync.store.columns import UtcDateTime

METADATA = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _hub() -> sa.Column[int]:
    return sa.Column("hub_id", sa.Integer, sa.ForeignKey("hubs.id"), primary_key=True, autoincrement=False)


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False)


HUBS = sa.Table(
    "hubs",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("host", sa.Text),  # stamped by the first sync, with the organisation
    sa.Column("organization_id", sa.Text),
    sa.Column("changed_since_at", UtcDateTime),  # cursor of the list of changed attendees
    sa.Column("reconciled_at", UtcDateTime),  # when a run last set out to read every event completely
    sa.Column("name", sa.Text),  # null: of a configuration that names no hubs
    sa.Column("confirmed_at", UtcDateTime),  # what Eventbrite's clock said last, when ours agreed with it
    sa.Index("uq_hubs_name", "name", unique=True),
)

SERIES = sa.Table(
    "series",
    METADATA,
    _hub(),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("next_value", sa.BigInteger, nullable=False),
)

FACTS = sa.Table(
    "facts",
    METADATA,
    _hub(),
    _id(),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
    sa.Column("said_by", sa.Text, nullable=False),
    sa.Column("event_id", sa.Text),  # null: about the hub as a whole
    sa.Column("body", sa.JSON, nullable=False),
    sa.Index("ix_facts_event_id", "hub_id", "event_id"),
    sa.Index("ix_facts_kind", "hub_id", "kind"),
)

EVENT_OBSERVATIONS = sa.Table(
    "event_observations",
    METADATA,
    _hub(),
    _id(),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Column("is_bookable", sa.Boolean, nullable=False),  # false: 404, back in draft, or gone from the list
    sa.Column("series_id", sa.Text),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("slug", sa.Text, nullable=False),
    sa.Column("starts_at", UtcDateTime, nullable=False),
    sa.Column("ends_at", UtcDateTime, nullable=False),
    sa.Column("time_zone", sa.Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("changed_at", UtcDateTime, nullable=False),
    sa.Column("going_ahead", sa.Text, nullable=False),
    sa.Column("organizer_id", sa.Text),
    sa.Column("venue", sa.Text),
    sa.Column("is_online", sa.Boolean, nullable=False),
    sa.Column("other_classes", sa.JSON, nullable=False),  # ids of ticket classes listed as no seats
    sa.Column("seat_classes", sa.JSON(none_as_null=True)),  # of those listed as seats; null: before this was recorded
    sa.Index("ix_event_observations_event_id", "hub_id", "event_id", "id"),
    sa.Index("ix_event_observations_slug", "hub_id", "slug"),
    sa.Index("ix_event_observations_series_id", "hub_id", "series_id"),
)

WATCHED_EVENTS = sa.Table(
    "watched_events",  # events that sync may still have to read: all but those long over and read since
    METADATA,
    _hub(),
    sa.Column("event_id", sa.Text, primary_key=True),
    sa.Column("wanted_at", UtcDateTime),  # since when a complete read is owed; null: none is
)

SUPPRESSIONS = sa.Table(
    "suppressions",  # attendees of erased persons: whatever Eventbrite says, no name of theirs is kept
    METADATA,
    _hub(),
    sa.Column("attendee_id", sa.Text, primary_key=True),
    sa.Column("fact_id", sa.BigInteger, nullable=False),  # the erasure
    sa.Column("person_id", sa.BigInteger),  # whose booking it stays; null: whose it was then, by what was observed
    sa.Column("name_id", sa.BigInteger),
)

TYPED_SCHOOLS = sa.Table(
    "typed_schools",
    METADATA,
    _hub(),
    _id(),
    sa.Column("name_key", sa.Text, nullable=False),
    sa.Column("urn", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),  # as first typed
    sa.Column("postcode_key", sa.Text, nullable=False, server_default=""),
    sa.Column("email_host", sa.Text, nullable=False, server_default=""),  # empty where it is nobody's in particular
    sa.Column("first_fact_id", sa.BigInteger, nullable=False),  # typed first in facts from this id on
    sa.UniqueConstraint("hub_id", "name_key", "urn", "postcode_key", "email_host"),
)

REGISTER_SCHOOLS = sa.Table(
    "register_schools",  # the official register: a row for each version of a school, from the fact that brought it on
    METADATA,
    _hub(),
    sa.Column("urn", sa.Text, primary_key=True),
    sa.Column("since_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("name_key", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("phase", sa.Text, nullable=False),
    sa.Column("street", sa.Text, nullable=False),
    sa.Column("locality", sa.Text, nullable=False),
    sa.Column("town", sa.Text, nullable=False),
    sa.Column("county", sa.Text, nullable=False),
    sa.Column("postcode", sa.Text, nullable=False),
    sa.Column("postcode_key", sa.Text, nullable=False),
    sa.Column("la_name", sa.Text, nullable=False),
    sa.Column("website_host", sa.Text, nullable=False),
    sa.Column("trust_uid", sa.Text, nullable=False),
    sa.Column("trust_name", sa.Text, nullable=False),
    sa.Column("opened_on", sa.Date),
    sa.Column("closed_on", sa.Date),
    sa.Index("ix_register_schools_name_key", "hub_id", "name_key"),
    sa.Index("ix_register_schools_postcode_key", "hub_id", "postcode_key"),
    sa.Index("ix_register_schools_website_host", "hub_id", "website_host"),
)

REGISTER_LINKS = sa.Table(
    "register_links",
    METADATA,
    _hub(),
    sa.Column("urn", sa.Text, primary_key=True),
    sa.Column("link_urn", sa.Text, primary_key=True),
    sa.Column("link_type", sa.Text, primary_key=True),
    sa.Column("since_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("established_on", sa.Date),
    sa.Index("ix_register_links_link_urn", "hub_id", "link_urn"),
)

REGISTER_TRUSTS = sa.Table(
    "register_trusts",
    METADATA,
    _hub(),
    sa.Column("uid", sa.Text, primary_key=True),
    sa.Column("since_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("address", sa.JSON, nullable=False),  # lines
    sa.Column("postcode", sa.Text, nullable=False),
)

TYPED_ROLES = sa.Table(
    "typed_roles",
    METADATA,
    _hub(),
    _id(),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("leadership", sa.Text, nullable=False),
    sa.UniqueConstraint("hub_id", "role", "leadership"),
)

PERSONS = sa.Table(
    "persons",
    METADATA,
    _hub(),
    _id(),
    sa.Column("name_id", sa.BigInteger),  # id of a person with this name, the same for all of them; null without a name
    sa.Column("email_id", sa.BigInteger),  # the same for the address; both ids stay when name and address are erased
    sa.Column("name_key", sa.Text, nullable=False),
    sa.Column("email_key", sa.Text, nullable=False),
    sa.Column("alike_ids", sa.JSON(none_as_null=True)),  # of lower ids, with the same address and perhaps the same name
    sa.Index("ix_persons_name_key", "hub_id", "name_key", "email_key"),
    sa.Index("ix_persons_email_key", "hub_id", "email_key"),
    sa.Index("ix_persons_name_id", "hub_id", "name_id"),
    sa.Index("ix_persons_email_id", "hub_id", "email_id"),
)

PROFILES = sa.Table(
    "profiles",
    METADATA,
    _hub(),
    _id(),
    sa.Column("booking_id", sa.Text, nullable=False),  # a booking's or a walk-in's reference
    sa.Column("person_id", sa.BigInteger, nullable=False),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("postcode", sa.Text, nullable=False),
    sa.Index("ix_profiles_booking_id", "hub_id", "booking_id"),
    sa.Index("ix_profiles_person_id", "hub_id", "person_id"),
)

OBSERVATIONS = sa.Table(
    "observations",
    METADATA,
    _hub(),
    _id(),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("attendee_id", sa.Text, nullable=False),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Column("presence", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("cancelled", sa.Boolean, nullable=False),
    sa.Column("refunded", sa.Boolean, nullable=False),
    sa.Column("checked_in", sa.Boolean, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("changed_at", UtcDateTime),
    sa.Column("barcode_status", sa.Text, nullable=False),
    sa.Column("barcode_changed_at", UtcDateTime),
    sa.Column("order_id", sa.Text, nullable=False),
    sa.Column("ticket_class_id", sa.Text),
    sa.Column("person_id", sa.BigInteger, nullable=False),
    sa.Column("name_id", sa.BigInteger),
    sa.Column("profile_id", sa.BigInteger, nullable=False),
    sa.Column("typed_school_id", sa.BigInteger),
    sa.Column("typed_role_id", sa.BigInteger),
    sa.Index("ix_observations_event_id", "hub_id", "event_id", "attendee_id", "id"),
    sa.Index("ix_observations_person_id", "hub_id", "person_id"),
)

READS = sa.Table(
    "reads",
    METADATA,
    _hub(),
    _id(),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("row_count", sa.Integer, nullable=False),
    sa.Column("object_count", sa.Integer),
    sa.Column("quantity_sold", sa.Integer),
    sa.Column("is_going_ahead", sa.Boolean, nullable=False),
    sa.Index("ix_reads_event_id", "hub_id", "event_id", "id"),
)

HELD_READS = sa.Table(
    "held_reads",
    METADATA,
    _hub(),
    _id(),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("active", sa.Integer, nullable=False),
    sa.Column("would_end", sa.Integer, nullable=False),
    sa.Column("content", sa.JSON),  # the read itself; emptied once it is applied or superseded
    sa.Column("settled_at", UtcDateTime),  # applied, or superseded by a read that looked right, at which `reads` has it
    sa.Index("ix_held_reads_event_id", "hub_id", "event_id", "id"),
)

QUARANTINE = sa.Table(
    "quarantine",
    METADATA,
    _hub(),
    _id(),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("event_id", sa.Text),
    sa.Column("row_id", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
    sa.Column("healed_at", UtcDateTime),  # read well again
    sa.Index("ix_quarantine_row_id", "hub_id", "row_id"),
)

RUNS = sa.Table(
    "runs",
    METADATA,
    _hub(),
    _id(),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("finished_at", UtcDateTime, nullable=False),
    sa.Column("exit_code", sa.Integer, nullable=False),
    sa.Column("counts", sa.JSON, nullable=False),
)

POLICY_TEXTS = sa.Table(
    "policy_texts",
    METADATA,
    _hub(),
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
)

DOCUMENTS = sa.Table(
    "documents",
    METADATA,
    _hub(),
    sa.Column("number", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("issued_at", UtcDateTime, nullable=False),
    sa.Column("issued_by", sa.Text, nullable=False),
    sa.Column("document_on", sa.Date, nullable=False),
    sa.Column("school_id", sa.Text, nullable=False),
    sa.Column("workshop_id", sa.Text, nullable=False),
    sa.Column("original_number", sa.Text),
    sa.Column("content", sa.JSON, nullable=False),
    sa.Column("pdf", sa.LargeBinary, nullable=False),
    sa.Column("pdf_sha256", sa.Text, nullable=False),
    sa.Column("content_sha256", sa.Text, nullable=False),  # of content and lines, see store/documents.py
    sa.Column("last_fact_id", sa.BigInteger, nullable=False),  # what was known when it was issued: facts up to here
    sa.Index("ix_documents_workshop_id", "hub_id", "workshop_id"),
    sa.Index("ix_documents_kind", "hub_id", "kind", "original_number", "number"),
    sa.Index("ix_documents_issued_at", "hub_id", "issued_at", "kind", "number"),
)

DOCUMENT_LINES = sa.Table(
    "document_lines",
    METADATA,
    _hub(),
    sa.Column("number", sa.Text, primary_key=True),
    sa.Column("line_number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("workshop_id", sa.Text, nullable=False),
    sa.Column("booking_id", sa.Text, nullable=False),
    sa.Column("gross_pence", sa.Integer, nullable=False),
    sa.Column("original_line_number", sa.Integer),
    sa.Column("policy_digest", sa.Text, nullable=False),
    sa.Column("decision", sa.JSON, nullable=False),
    sa.ForeignKeyConstraint(["hub_id", "number"], ["documents.hub_id", "documents.number"]),
    sa.Index("ix_document_lines_workshop_id", "hub_id", "workshop_id", "booking_id"),
)

OPEN_LINES = sa.Table(
    "open_lines",  # invoice lines not credited: at most one for each place, by its key
    METADATA,
    _hub(),
    sa.Column("workshop_id", sa.Text, primary_key=True),
    sa.Column("booking_id", sa.Text, primary_key=True),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("line_number", sa.Integer, nullable=False),
    sa.ForeignKeyConstraint(
        ["hub_id", "number", "line_number"],
        ["document_lines.hub_id", "document_lines.number", "document_lines.line_number"],
    ),
)

BATCHES = sa.Table(
    "batches",
    METADATA,
    _hub(),
    _id(),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("total_pence", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),  # of the files that finance was given
    sa.Column("column_map", sa.JSON(none_as_null=True)),  # as it was; null: the charge list of ebsync itself
    sa.Column("format", sa.Text),  # the map's name or file; null as before
    sa.Column("reversed_at", UtcDateTime),
    sa.Column("reversed_by", sa.Text),
)

REVERSED_DOCUMENTS = sa.Table(
    "reversed_documents",  # what a batch held before it was reversed
    METADATA,
    _hub(),
    sa.Column("number", sa.Text, primary_key=True),
    sa.Column("batch_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
    sa.ForeignKeyConstraint(["hub_id", "number"], ["documents.hub_id", "documents.number"]),
    sa.ForeignKeyConstraint(["hub_id", "batch_id"], ["batches.hub_id", "batches.id"]),
)

BATCH_DOCUMENTS = sa.Table(
    "batch_documents",
    METADATA,
    _hub(),
    sa.Column("number", sa.Text, primary_key=True),  # a document is in one batch at most
    sa.Column("batch_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
    sa.ForeignKeyConstraint(["hub_id", "number"], ["documents.hub_id", "documents.number"]),
    sa.ForeignKeyConstraint(["hub_id", "batch_id"], ["batches.hub_id", "batches.id"]),
)

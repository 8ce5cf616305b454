"""A message as bytes: plain text and HTML, with headers that nothing can be smuggled into."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from eb_sync.model.names import is_mail_address

_HEADERS = policy.SMTP.clone(max_line_length=250)
"""Subjects are not folded, which some mail programs show as a leading space; the body's lines stay below 78."""


@dataclass(frozen=True, slots=True)
class Mail:
    """What is sent, to one address."""

    sender: str
    """`hub@example.org` or `Maths Hub <hub@example.org>`."""
    reply_to: str
    recipient: str
    """As `wire_address` gives it."""
    subject: str
    text: str
    html: str | None
    """None: plain text alone."""
    sent_at: datetime
    key: str
    """Whatever makes it this message; the same key gives the same message id."""
    unsubscribe: bool = False
    """Whether mail programs may offer to stop such messages."""


def wire_address(typed: str) -> str | None:
    """An address as a mail server takes it; None if it is none, or one that needs more than ASCII before the @."""
    local, at, host = typed.strip().rpartition("@")
    try:
        address = f"{local}{at}{host.encode('idna').decode('ascii')}"
    except UnicodeError:
        return None
    return address if is_mail_address(address) else None


def compose(mail: Mail) -> bytes:
    """The message, CRLF line ends; byte for byte the same for the same mail."""
    _, address = parseaddr(mail.sender)
    digest = hashlib.sha256(f"{mail.key} {mail.recipient}".encode()).hexdigest()[:32]
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = _address(mail.sender)
    message["To"] = Address(addr_spec=mail.recipient)
    if mail.reply_to != mail.sender:
        message["Reply-To"] = _address(mail.reply_to)
    message["Subject"] = one_line(mail.subject)
    message["Date"] = format_datetime(mail.sent_at)
    message["Message-ID"] = f"<{digest}@{address.rpartition('@')[2]}>"
    # no holiday answers, please (RFC 3834)
    message["Auto-Submitted"] = "auto-generated"
    if mail.unsubscribe:
        _, answers = parseaddr(mail.reply_to)
        message["List-Unsubscribe"] = f"<mailto:{answers}?subject=No%20reminders>"
    message.set_content(mail.text, charset="utf-8", cte="quoted-printable")
    if mail.html is not None:
        message.add_alternative(mail.html, subtype="html", charset="utf-8", cte="quoted-printable")
        message.set_boundary(f"=_{digest}")
    return message.as_bytes(policy=_HEADERS)


def one_line(text: str) -> str:
    """Without line ends and other characters that do not print."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def _address(text: str) -> Address:
    name, address = parseaddr(text)
    return Address(display_name=one_line(name), addr_spec=address)

"""The edge to mail: a message in, bytes or a delivery out."""

from eb_sync.mail.compose import Mail, compose, wire_address
from eb_sync.mail.smtp import Delivery, MailServer, MailSession, open_session

__all__ = ["Delivery", "Mail", "MailServer", "MailSession", "compose", "open_session", "wire_address"]

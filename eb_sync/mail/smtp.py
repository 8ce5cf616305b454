"""A mail server, spoken to step by step, so that it is always known whether a message may have left.

What servers say is never repeated: it may hold addresses. Only their codes are.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pydantic import SecretStr

from eb_sync.errors import SettingsError, TryAgainError

TIMEOUT_SECONDS = 30.0
"""How long the server may take for each step."""
_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_LOGIN_WANTED = frozenset({530, 534, 535, 538})
_CLOSING = 421
_TEMPORARY, _PERMANENT = range(400, 500), range(500, 600)
_ABOUT_POLICY = re.compile(rb"5\.7\.\d")
"""The server refuses whoever sends, or what is sent, rather than this address (RFC 3463)."""


class Delivery(StrEnum):
    """What became of a message."""

    SENT = "sent"
    """The server took it over."""
    REFUSED = "refused"
    """The server will not take it for this address."""
    NOT_SENT = "not_sent"
    """It certainly did not leave, and may another time."""
    UNSURE = "unsure"
    """The connection broke where the server may have taken it over."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed over, and as whom."""

    host: str
    port: int | None
    security: str
    """`starttls`, `tls` or `none`."""
    user: str | None
    password: SecretStr | None
    sender: str
    """The address alone."""
    ca_file: Path | None = None
    timeout_seconds: float = TIMEOUT_SECONDS

    @property
    def name(self) -> str:
        """For messages."""
        return f"{self.host}:{self.port or _PORTS[self.security]}"


@dataclass
class MailSession:
    """A server that let us in."""

    server: MailServer
    connection: smtplib.SMTP
    is_open: bool = True
    """False once the connection broke or the server ended it."""

    def deliver(self, content: bytes, recipient: str) -> Delivery:
        """Hand over one message; never twice, whatever happens.

        Raises:
            SettingsError: the server lets nobody send who is not logged in, or not from this sender; nothing left.
        """
        try:
            code, said = self.connection.mail(self.server.sender)
            self._check_sender(code)
            if code in range(200, 300):
                code, said = self.connection.rcpt(recipient)
            self._check_login(code)
        except (smtplib.SMTPServerDisconnected, OSError):
            return self._broken(Delivery.NOT_SENT)
        if code not in range(200, 300):
            return self._turned_down(code, said)
        try:
            code, said = self.connection.data(content)
        except smtplib.SMTPDataError as error:
            code, said = error.smtp_code, _as_bytes(error.smtp_error)
        except (smtplib.SMTPServerDisconnected, OSError):
            return self._broken(Delivery.UNSURE)
        return Delivery.SENT if code in range(200, 300) else self._turned_down(code, said)

    def _check_sender(self, code: int) -> None:
        self._check_login(code)
        if code in _PERMANENT:
            raise SettingsError(
                f"The mail server {self.server.name} takes no mail from the address in EBSYNC_SMTP__FROM "
                f"(it answered {code}). Use an address that belongs to the account in EBSYNC_SMTP__USER."
            )

    def _check_login(self, code: int) -> None:
        if code in _LOGIN_WANTED:
            raise SettingsError(
                f"The mail server {self.server.name} wants a login (it answered {code}): "
                "set EBSYNC_SMTP__USER and EBSYNC_SMTP__PASSWORD."
            )

    def _turned_down(self, code: int, said: bytes) -> Delivery:
        is_final = code in _PERMANENT and not _ABOUT_POLICY.search(said)
        if code == _CLOSING:
            return self._broken(Delivery.NOT_SENT)
        try:
            self.connection.rset()
        except (smtplib.SMTPServerDisconnected, OSError):
            self.is_open = False
        return Delivery.REFUSED if is_final else Delivery.NOT_SENT

    def _broken(self, delivery: Delivery) -> Delivery:
        self.is_open = False
        self.connection.close()
        return delivery


def _as_bytes(said: bytes | str) -> bytes:
    return said if isinstance(said, bytes) else said.encode()


@contextlib.contextmanager
def open_session(server: MailServer) -> Iterator[MailSession]:
    """A session that is let in and encrypted as the settings ask, closed at the end.

    Raises:
        SettingsError: login, certificate or kind of encryption is refused.
        TryAgainError: the server cannot be reached.
    """
    with _explained(server):
        connection = _connect(server)
    try:
        with _explained(server):
            _let_in(server, connection)
        session = MailSession(server, connection)
        yield session
        if session.is_open:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                connection.quit()
    finally:
        connection.close()


def _connect(server: MailServer) -> smtplib.SMTP:
    port, own_name = server.port or _PORTS[server.security], server.sender.rpartition("@")[2]
    if server.security == "tls":
        context = _tls(server)
        return smtplib.SMTP_SSL(server.host, port, own_name, timeout=server.timeout_seconds, context=context)
    return smtplib.SMTP(server.host, port, own_name, timeout=server.timeout_seconds)


def _let_in(server: MailServer, connection: smtplib.SMTP) -> None:
    connection.ehlo_or_helo_if_needed()
    if server.security == "starttls":
        connection.starttls(context=_tls(server))
        connection.ehlo_or_helo_if_needed()
    if server.user is not None and server.password is not None:
        connection.login(server.user, server.password.get_secret_value())


def _tls(server: MailServer) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if server.ca_file is not None:
        try:
            context.load_verify_locations(cafile=server.ca_file)
        except (OSError, ssl.SSLError):
            raise SettingsError(
                f"EBSYNC_SMTP__CA_FILE: {server.ca_file} cannot be read as certificates in PEM form."
            ) from None
    return context


@contextlib.contextmanager
def _explained(server: MailServer) -> Iterator[None]:
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise SettingsError(
            f"The certificate of the mail server {server.name} cannot be trusted ({error.verify_message}). Is "
            "EBSYNC_SMTP__HOST the name in the certificate? For a certificate of your own set EBSYNC_SMTP__CA_FILE."
        ) from None
    except (ssl.SSLError, smtplib.SMTPNotSupportedError):
        raise SettingsError(
            f"The mail server {server.name} does not offer what the settings ask for: encryption by "
            f"EBSYNC_SMTP__SECURITY={server.security}, and a login if EBSYNC_SMTP__USER is set. "
            "Usual are starttls with port 587 and tls with port 465."
        ) from None
    except smtplib.SMTPAuthenticationError as error:
        if error.smtp_code in _TEMPORARY:
            raise _unreachable(server) from None
        raise SettingsError(
            f"The mail server {server.name} refused the login (it answered {error.smtp_code}). Check EBSYNC_SMTP__USER "
            "and EBSYNC_SMTP__PASSWORD; many providers want a password made for programs (an app password)."
        ) from None
    except UnicodeEncodeError:
        raise SettingsError(
            "EBSYNC_SMTP__USER or EBSYNC_SMTP__PASSWORD has characters that SMTP cannot send."
        ) from None
    except (smtplib.SMTPException, OSError):
        raise _unreachable(server) from None


def _unreachable(server: MailServer) -> TryAgainError:
    return TryAgainError(
        f"The mail server {server.name} cannot be reached, or does not answer as a mail server. Nothing is lost: "
        "what waits goes out with the next run. If it stays so, check EBSYNC_SMTP__HOST and EBSYNC_SMTP__PORT."
    )

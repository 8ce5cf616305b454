"""A real mail server on loopback, with a certificate of its own; what it was given is kept as messages."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "hub", "sesame-open"
HOST = "127.0.0.1"


@dataclass
class Postbox:
    """What arrived, and how the server behaves."""

    port: int = 0
    taken: list[tuple[str, EmailMessage]] = field(default_factory=list)
    """Recipient and message, in order."""
    refused: dict[str, str] = field(default_factory=dict)
    """Answers to recipients that are not taken."""
    before_data: Callable[[], str | None] = lambda: None
    """Called with the message complete, before it is taken; an answer instead of taking it, or None."""
    after_data: Callable[[], None] = lambda: None
    """Called once it is taken, before the client hears of it."""
    logins: int = 0
    transports: list[asyncio.WriteTransport] = field(default_factory=list)
    """Connections of whoever is being served."""

    @property
    def subjects(self) -> list[str]:
        return [message["Subject"] for _, message in self.taken]

    def break_off(self) -> None:
        """Hang up on whoever is connected."""
        for transport in self.transports:
            transport.abort()

    def to(self, recipient: str) -> list[EmailMessage]:
        return [message for to, message in self.taken if to == recipient]

    def text(self, recipient: str) -> str:
        """The plain text of the last message there."""
        return body(self.to(recipient)[-1])

    async def handle_RCPT(  # noqa: N802 - the library's name
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        self.transports = [server.transport] if isinstance(server.transport, asyncio.WriteTransport) else []
        answer = await asyncio.to_thread(self.before_data)
        if answer is not None:
            return answer
        assert isinstance(envelope.content, bytes)
        self.taken += [(to, message_from_bytes(envelope.content, policy=policy.default)) for to in envelope.rcpt_tos]
        await asyncio.to_thread(self.after_data)
        return "250 OK"

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: object
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins += 1
        good = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=good, handled=good)


def body(message: EmailMessage, kind: str = "plain") -> str:
    part = message.get_body((kind,))
    assert part is not None
    text: str = part.get_content()
    return text


@contextlib.contextmanager
def serving(*, tls: ssl.SSLContext | None = None, login: bool = False, starttls: bool = True) -> Iterator[Postbox]:
    """A server on a free port, until the end of the block."""
    box = Postbox()
    # the server's own log shows addresses; what is looked for in logs is ours
    logging.getLogger("mail").propagate = False
    controller = _Controller(
        box,
        hostname=HOST,
        port=0,
        ready_timeout=30,
        ssl_context=None if starttls else tls,
        tls_context=tls if starttls else None,
        require_starttls=starttls and tls is not None,
        auth_required=login,
        auth_require_tls=starttls,
        authenticator=box.authenticate if login else None,
    )
    controller.start()
    try:
        box.port = controller.bound_port
        yield box
    finally:
        controller.stop()


class _Controller(Controller):
    """The port is the system's choice, so that tests may run side by side."""

    bound_port = 0

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.bound_port = self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]  # the library's own types are incomplete


def make_certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A self-made certificate for 127.0.0.1: the server's side, and the file that a client has to trust."""
    certificate, key = folder / "mail.pem", folder / "mail.key"
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    names = ["-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*made, *names, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return context, certificate

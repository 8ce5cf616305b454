"""The edge to mail: what a message looks like on the wire, and what is made of every answer a server may give."""

from __future__ import annotations

import dataclasses
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from eb_sync.errors import SettingsError, TryAgainError
from eb_sync.mail import Delivery, Mail, MailServer, compose, open_session, wire_address
from tests.mail_server import Postbox, body, serving

TO = "ann@ash.example.org"
MAIL = Mail(
    sender="Sample Hub <hub@hub.example.org>",
    reply_to="Sample Hub <hub@hub.example.org>",
    recipient=TO,
    subject="Fractions",
    text="Dear Zoë\n",
    html="<p>Dear Zoë</p>\n",
    sent_at=datetime(2019, 11, 3, 18, tzinfo=UTC),
    key="1 reminder_days 101",
)


def read(mail: Mail) -> EmailMessage:
    return message_from_bytes(compose(mail), policy=policy.default)


def server(box: Postbox, **changes: object) -> MailServer:
    own = MailServer("127.0.0.1", box.port, "none", None, None, "hub@hub.example.org")
    return dataclasses.replace(own, **changes)  # type: ignore[arg-type]  # fields of MailServer


def deliver(box: Postbox) -> tuple[Delivery, bool]:
    with open_session(server(box)) as session:
        return session.deliver(compose(MAIL), TO), session.is_open


def test_a_message_has_both_forms_and_is_the_same_bytes_again() -> None:
    message = read(MAIL)
    assert body(message).split() == ["Dear", "Zoë"]
    assert body(message, "html").strip() == "<p>Dear Zoë</p>"
    assert compose(MAIL) == compose(MAIL)
    assert message["Message-ID"] != read(dataclasses.replace(MAIL, key="other"))["Message-ID"]
    assert message["Message-ID"].endswith("@hub.example.org>")
    assert message["Date"] == "Sun, 03 Nov 2019 18:00:00 +0000"
    assert message["Reply-To"] is None
    assert message["List-Unsubscribe"] is None
    assert not read(dataclasses.replace(MAIL, html=None)).is_multipart()
    assert max(len(line) for line in compose(dataclasses.replace(MAIL, text="x" * 5000)).splitlines()) < 110


@pytest.mark.parametrize("subject", ["A\r\nBcc: all@ash.example.org", "A\nBcc: x", "A\x00\x0bB\u2028C"])
def test_no_line_of_a_subject_becomes_a_header(subject: str) -> None:
    message = read(dataclasses.replace(MAIL, subject=subject))
    assert message["Bcc"] is None
    assert message["Subject"].isprintable()


def test_a_long_subject_stays_on_one_line_and_begins_with_its_first_letter() -> None:
    subject = "Tuesday 5 November: Fractions; free to cancel until Mon 4 Nov 2019, 10:00 and so on and on"
    assert read(dataclasses.replace(MAIL, subject=subject))["Subject"] == subject


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        (" Ann@Ash.Example.org ", "Ann@Ash.Example.org"),
        ("ann+maths@ash.example.org", "ann+maths@ash.example.org"),
        ("ann@schüle.example", "ann@xn--schle-mva.example"),
        ("zoë@ash.example.org", None),
        ("", None),
        ("ann", None),
        ("@ash.example.org", None),
        ("ann..smith@ash.example.org", None),
        (".ann@ash.example.org", None),
        ("ann.@ash.example.org", None),
        ("ann.smith@ash.example.org", "ann.smith@ash.example.org"),
        ("ann@", None),
        ("ann@ash..example", None),
        ("ann@ash.example\r\nDATA", None),
        ("ann@ash.example>\r\nRCPT TO:<x@y.example", None),
        ("Ann <ann@ash.example.org>", None),
        ("a@b.example, c@d.example", None),
        (f"{'a' * 64}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}", None),
    ],
)
def test_only_what_a_server_takes_is_an_address(typed: str, address: str | None) -> None:
    assert wire_address(typed) == address


@given(st.from_regex(r"[!-~]{1,12}@[!-~]{1,12}", fullmatch=True) | st.text(max_size=20))
def test_whatever_is_taken_for_an_address_can_be_written_to(typed: str) -> None:
    address = wire_address(typed)
    if address is not None:
        assert read(dataclasses.replace(MAIL, recipient=address))["To"] == address


@pytest.mark.parametrize(
    ("answer", "delivery", "is_open"),
    [
        ("550 5.1.1 unknown", Delivery.REFUSED, True),
        ("551 no", Delivery.REFUSED, True),
        ("554 5.7.1 relay access denied", Delivery.NOT_SENT, True),
        ("450 later", Delivery.NOT_SENT, True),
        ("421 going down", Delivery.NOT_SENT, False),
    ],
)
def test_what_follows_from_an_answer_about_the_recipient(answer: str, delivery: Delivery, is_open: bool) -> None:
    with serving() as box:
        box.refused = {TO: answer}
        assert deliver(box) == (delivery, is_open)
        assert not box.taken


@pytest.mark.parametrize(
    ("answer", "delivery"),
    [("552 5.3.4 too big", Delivery.REFUSED), ("452 full", Delivery.NOT_SENT), ("554 5.7.1 spam", Delivery.NOT_SENT)],
)
def test_what_follows_from_an_answer_about_the_message(answer: str, delivery: Delivery) -> None:
    with serving() as box:
        box.before_data = lambda: answer
        assert deliver(box) == (delivery, True)


def test_a_connection_that_breaks_is_unsure_once_the_message_was_handed_over_and_not_before() -> None:
    with serving() as box:
        box.after_data = box.break_off
        assert deliver(box) == (Delivery.UNSURE, False)
        with open_session(server(box)) as session:
            session.connection.close()
            assert session.deliver(compose(MAIL), TO) is Delivery.NOT_SENT
            assert not session.is_open


def answering(answer: str) -> Callable[..., object]:
    async def handle(*_: object) -> str:
        return answer

    return handle


@pytest.mark.parametrize(
    ("answer", "said"), [("550 not you", "EBSYNC_SMTP__FROM"), ("530 5.7.0 log in", "EBSYNC_SMTP__USER")]
)
def test_a_sender_that_is_not_taken_is_a_setting_to_mend(
    monkeypatch: pytest.MonkeyPatch, answer: str, said: str
) -> None:
    monkeypatch.setattr(Postbox, "handle_MAIL", answering(answer), raising=False)
    with serving() as box, pytest.raises(SettingsError, match=said):
        deliver(box)


def test_a_sender_put_off_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Postbox, "handle_MAIL", answering("451 busy"), raising=False)
    with serving() as box:
        assert deliver(box) == (Delivery.NOT_SENT, True)


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_a_login_that_is_put_off_is_no_wrong_password(monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(
        _box: Postbox, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, _data: object
    ) -> AuthResult:
        return AuthResult(success=False, handled=False, message="454 4.7.0 Temporary authentication failure")

    monkeypatch.setattr(Postbox, "authenticate", busy)
    with (
        serving(login=True, starttls=False) as box,
        pytest.raises(TryAgainError),
        open_session(server(box, user="hub", password=SecretStr("sesame"))),
    ):
        pass


def test_a_server_that_never_answers_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        box = Postbox(port=silent.getsockname()[1])
        with pytest.raises(TryAgainError, match="cannot be reached"), open_session(server(box, timeout_seconds=0.2)):
            pass


def test_a_name_that_is_no_host_is_unreachable() -> None:
    with pytest.raises(TryAgainError), open_session(server(Postbox(port=1))):
        pass

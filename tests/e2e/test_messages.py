"""`ebsync messages`: what leads, finance and teachers are told, once, over a real mail server."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from eb_sync.sandbox.requested import Ticket
from tests.e2e.test_people import all_text
from tests.hub import ASH, ELM, Hub
from tests.mail_server import PASSWORD, USER, Postbox, body, make_certificate, serving

LEAD, OTHER, MONEY = "lead@hub.example.org", "other@hub.example.org", "money@hub.example.org"
ANN, BOB, CAT = (f"teacher.{name}@ash.example.org" for name in ("ann", "bob", "cat"))
SUNDAY = "2019-11-03 18:00"
"""Two days ahead of the workshop."""


def use(hub: Hub, **settings: str) -> None:
    for name, value in settings.items():
        hub.patch.setenv(f"EBSYNC_{name}", value)


def use_server(hub: Hub, box: Postbox, security: str = "none", **settings: str) -> None:
    sender = "Sample Hub <hub@hub.example.org>"
    use(hub, SMTP__HOST="127.0.0.1", SMTP__PORT=str(box.port), SMTP__SECURITY=security, SMTP__FROM=sender, **settings)


@pytest.fixture
def box(hub: Hub) -> Iterator[Postbox]:
    """A mail server that the hub is set to use."""
    with serving() as box:
        use_server(hub, box)
        yield box


@pytest.fixture
def event(hub: Hub) -> str:
    return hub.event("Fractions", "2019-11-05 10:00", "2019-11-05 15:00", slug="fractions")


@pytest.fixture
def refs(hub: Hub, event: str) -> dict[str, str]:
    """Three teachers of one school, two of whom it may send."""
    found = {name: hub.book(event, f"Teacher {name}") for name in ("Ann", "Bob", "Cat")}
    hub.sync()
    hub.add_schools()
    return found


def evening(hub: Hub, local: str, *, code: int = 0) -> str:
    """Sync and send; gives what the command said on stdout."""
    hub.at(local)
    hub.sync()
    result = hub.run("messages")
    assert result.code == code, result
    assert not re.search(r"@|Teacher|teacher\.", result.out + result.err)
    return result.out.strip()


# One message that cannot be sent


@pytest.mark.every_database
@pytest.mark.parametrize(
    "address", ["a..b@ash.example.org", ".b@ash.example.org", "b.@ash.example.org", "zoë@ash.example.org"]
)
def test_an_address_that_no_server_takes_costs_nobody_else_their_reminder(
    hub: Hub, box: Postbox, event: str, refs: dict[str, str], address: str
) -> None:
    use(hub, REMINDERS="true", LEADS=f"*={LEAD}")
    attendee_id = hub.world.book(event, (Ticket("Teacher Dot", address, {}),))[0]
    hub.at(SUNDAY)
    hub.sync()
    result = hub.run("messages", "--json")
    assert (result.code, result.json()["sent"], result.json()["skipped"]) == (3, 4, 1), result
    assert f"B{attendee_id}" in result.err
    assert "none that a mail server takes" in result.err
    assert not re.search(r"@ash|Teacher", result.err)
    assert {to for to, _ in box.taken} == {ANN, BOB, CAT, LEAD}


def test_a_message_that_a_template_cannot_be_filled_in_for_is_left_out_alone(
    hub: Hub, box: Postbox, refs: dict[str, str], tmp_path: Path
) -> None:
    own = tmp_path / "own"
    hub.do("messages", "templates", str(own))
    template = own / "reminder.txt"
    text = template.read_text(encoding="utf-8")
    template.write_text(f"{text}{{% if 'Bob' in name %}}{{{{ 1 // 0 }}}}{{% endif %}}", encoding="utf-8")
    use(hub, REMINDERS="true", TEMPLATES=str(own))
    hub.at(SUNDAY)
    hub.sync()
    result = hub.run("messages", "--json")
    assert (result.code, result.json()["sent"], result.json()["skipped"]) == (3, 2, 1), result
    assert refs["Bob"] in result.err
    assert "Nothing was sent" not in result.err
    assert {to for to, _ in box.taken} == {ANN, CAT}


# Leads


def test_a_lead_is_told_of_an_open_register_and_what_closing_it_would_propose(
    hub: Hub, box: Postbox, event: str, refs: dict[str, str]
) -> None:
    use(hub, LEADS=f"fractions={LEAD}")
    hub.at("2019-11-05 16:00")
    hub.world.check_in(hub.bookings[refs["Ann"]])
    assert evening(hub, "2019-11-07 18:00") == "1 sent"
    text = " ".join(box.text(LEAD).split())
    assert "2 not checked in; register open since Tuesday 5 November, 15:00 (2 days)." in text
    assert "Closing it with all of them absent would propose £100." in text
    assert "ebsync attendance close fractions@2019-11-05" in text
    assert box.subjects == ["Waiting for you: 1 open register"]
    html = body(box.to(LEAD)[0], "html")
    assert "would propose £100" in html
    assert "Teacher Bob" not in text + html


def test_closing_proposes_nothing_that_is_invoiced_already(
    hub: Hub, box: Postbox, event: str, refs: dict[str, str]
) -> None:
    use(hub, LEADS=f"fractions={LEAD}")
    hub.at("2019-11-05 16:00")
    hub.sync()
    hub.do("attendance", "close", "fractions", "--nobody-came")
    hub.do("invoices", "fractions", "--yes")
    hub.do("attendance", "reopen", "fractions")
    assert evening(hub, "2019-11-07 18:00") == "1 sent"
    assert "Closing it would charge nobody" in " ".join(box.text(LEAD).split())


def test_closing_proposes_nothing_for_a_school_nobody_confirmed(hub: Hub, box: Postbox, event: str) -> None:
    hub.book(event, "Teacher Eve", ELM)
    use(hub, LEADS=f"fractions={LEAD}")
    hub.sync()
    assert evening(hub, "2019-11-06 18:00") == "1 sent"
    text = " ".join(box.text(LEAD).split())
    assert "would charge nobody, besides £50 for a school that nobody has confirmed yet" in text


@pytest.mark.every_database
def test_a_lead_is_told_once_a_day_while_there_is_something_to_say(
    hub: Hub, box: Postbox, event: str, refs: dict[str, str]
) -> None:
    use(hub, LEADS=f"*={LEAD}; other={OTHER}")
    assert evening(hub, "2019-11-05 18:00") == "1 sent"
    assert evening(hub, "2019-11-05 20:00") == "nothing sent"
    assert evening(hub, "2019-11-06 18:00") == "1 sent"
    hub.do("attendance", "mark", "fractions", *refs.values(), "present")
    hub.do("attendance", "close", "fractions")
    assert evening(hub, "2019-11-07 18:00") == "nothing sent"
    assert {to for to, _ in box.taken} == {LEAD}


def test_leads_hear_of_their_own_workshops_only(hub: Hub, box: Postbox, event: str, refs: dict[str, str]) -> None:
    ratio = hub.event("Ratio", "2019-11-06 10:00", "2019-11-06 15:00", slug="ratio")
    hub.book(ratio, "Teacher Dan")
    use(hub, LEADS=f"fractions={LEAD}, {OTHER}; {ratio}={OTHER}; nowhere={LEAD}")
    hub.at("2019-11-07 18:00")
    hub.sync()
    result = hub.do("messages")
    assert "no workshop answers to nowhere" in result.err
    assert "Ratio" not in box.text(LEAD)
    assert "Fractions" in box.text(OTHER)
    assert "Ratio" in box.text(OTHER)


def test_findings_are_told_once_and_while_they_can_be_mended(
    hub: Hub, box: Postbox, event: str, refs: dict[str, str]
) -> None:
    use(hub, LEADS=f"fractions={LEAD}")
    assert evening(hub, "2019-10-20 18:00") == "1 sent"
    assert f"Ash Lane Primary has booked more places than it may ({refs['Cat']})" in box.text(LEAD)
    assert "next on Tuesday 5 November" in box.text(LEAD)
    assert evening(hub, "2019-10-21 18:00") == "nothing sent"
    hub.book(event, "Teacher Eve", ELM)
    assert evening(hub, "2019-10-22 18:00") == "1 sent"
    assert "Elm Nursery sends too few teachers" in box.text(LEAD)
    assert "Ash Lane" not in box.text(LEAD)


def test_questions_are_told_by_age_and_what_is_ready_to_invoice(
    hub: Hub, box: Postbox, event: str, refs: dict[str, str]
) -> None:
    use(hub, LEADS=f"fractions={LEAD}")
    hub.at("2019-11-05 16:00")
    hub.sync()
    claim = ("exempt", "add", "--kind", "extenuating", "--workshop", "fractions", "--code", "illness")
    hub.do(*claim, "--booking", refs["Ann"])
    hub.do("attendance", "close", "fractions", "--nobody-came")
    assert evening(hub, "2019-11-10 18:00") == "1 sent"
    text = " ".join(box.text(LEAD).split())
    assert f"{refs['Ann']} (Ash Lane Primary): an exemption was claimed; approve or refuse it; waiting 5 days" in text
    assert "1 invoice, £100 in all." in text
    assert "ill" not in text.replace("will", "").split()


def test_what_is_alike_is_said_once(hub: Hub, box: Postbox) -> None:
    page = hub.event("Number", "2019-11-05 10:00", "2020-01-21 15:00", slug="number")
    refs = [hub.book(page, f"Teacher {name}") for name in ("Ann", "Bob", "Cat")]
    hub.sync()
    hub.add_schools()
    hub.do("workgroup", "dates", "number", "2019-11-05 10:00/15:00", "2020-01-21 10:00/15:00")
    use(hub, LEADS=f"*={LEAD}")
    assert evening(hub, "2019-10-20 18:00") == "1 sent"
    assert box.text(LEAD).count("has booked more places than it may") == 1
    assert evening(hub, "2019-10-21 18:00") == "nothing sent"
    hub.at("2019-11-05 16:00")
    hub.sync()
    inspected = ("--school", "800001", "--from", "2019-11-05", "--to", "2019-11-05")
    hub.do("exempt", "add", "--kind", "ofsted", *inspected)
    hub.do("attendance", "close", "number/1", "--nobody-came")
    assert evening(hub, "2019-11-05 18:00") == "1 sent"
    text = " ".join(box.text(LEAD).split())
    assert (
        f"{', '.join(refs)} (Ash Lane Primary): an exemption was claimed; approve or refuse it; waiting since today"
        in text
    )


def test_a_date_that_changed_after_the_end_is_told_though_nothing_lies_ahead(
    hub: Hub, box: Postbox, event: str, refs: dict[str, str]
) -> None:
    use(hub, LEADS=f"*={LEAD}")
    evening(hub, "2019-11-05 18:00")
    hub.do("attendance", "mark", "fractions", *refs.values(), "present")
    hub.do("attendance", "close", "fractions")
    hub.at("2019-11-06 08:00")
    hub.world.move(event, "2019-12-03 10:00", "2019-12-03 15:00")
    assert evening(hub, "2019-11-06 18:00") == "1 sent"
    assert "say with `ebsync workshop move` which date counts" in " ".join(box.text(LEAD).split())


def test_registers_from_before_the_hub_billed_are_left_in_peace(
    hub: Hub, box: Postbox, event: str, refs: dict[str, str]
) -> None:
    use(hub, LEADS=f"*={LEAD}", BILLING_FROM="2019-12-01")
    assert evening(hub, "2019-11-06 18:00") == "nothing sent"


def test_a_workshop_called_off_or_out_of_scope_is_no_news(
    hub: Hub, box: Postbox, event: str, refs: dict[str, str]
) -> None:
    use(hub, LEADS=f"*={LEAD}", SCOPE__SLUGS="other", REMINDERS="true")
    assert evening(hub, SUNDAY) == evening(hub, "2019-11-06 18:00") == "nothing sent"
    use(hub, SCOPE__SLUGS="fractions")
    hub.do("workshop", "cancel", "fractions", "--reason", "snow")
    assert evening(hub, "2019-11-07 18:00") == "nothing sent"


# Finance


def test_finance_is_told_once_of_documents_in_no_list_and_of_each_new_list(
    hub: Hub, box: Postbox, event: str, refs: dict[str, str]
) -> None:
    use(hub, FINANCE_EMAIL=MONEY)
    assert evening(hub, "2019-11-05 16:00") == "nothing sent"
    hub.do("attendance", "close", "fractions", "--nobody-came")
    hub.do("invoices", "--yes", "-o", "out")
    assert evening(hub, "2019-11-06 18:00") == "1 sent"
    assert "1 invoice, £150 in all, is issued and in no charge list yet." in box.text(MONEY)
    assert evening(hub, "2019-11-07 18:00") == "nothing sent"
    hub.do("export", "charges", "-o", "charges.csv")
    assert evening(hub, "2019-11-08 18:00") == "1 sent"
    assert "The charge list CL-000001 was made on Thu 7 Nov 2019, 18:00: 3 rows, £150" in box.text(MONEY)
    assert evening(hub, "2019-11-09 18:00") == "nothing sent"
    hub.do("credit", "INV-000001", "--line", "1", "--reason", "Agreed")
    assert evening(hub, "2019-11-10 18:00") == "1 sent"
    assert "1 credit note, \N{MINUS SIGN}£50 in all" in box.text(MONEY)
    assert box.subjects == [
        "1 document waits for a charge list",
        "1 new charge list",
        "1 document waits for a charge list",
    ]


# Reminders


@pytest.mark.every_database
def test_teachers_are_reminded_a_week_and_two_days_ahead_and_of_nothing_else(
    hub: Hub, box: Postbox, event: str, refs: dict[str, str]
) -> None:
    use(hub, REMINDERS="true")
    assert evening(hub, "2019-10-28 18:00") == "nothing sent"
    assert evening(hub, "2019-10-29 18:00") == "3 sent"
    assert evening(hub, "2019-10-30 18:00") == "nothing sent"
    assert evening(hub, "2019-11-02 18:00") == "nothing sent"
    assert evening(hub, SUNDAY) == "3 sent"
    assert evening(hub, "2019-11-04 18:00") == evening(hub, "2019-11-05 09:00") == "nothing sent"
    assert [len(box.to(to)) for to in (ANN, BOB, CAT)] == [2, 2, 2]
    hub.do("verify")
    hub.refused("retract", "1000000")


def test_a_reminder_says_until_when_how_whom_and_by_what_clause(
    hub: Hub, box: Postbox, event: str, refs: dict[str, str]
) -> None:
    use(hub, REMINDERS="true", SMTP__REPLY_TO="office@hub.example.org")
    evening(hub, SUNDAY)
    (message,) = box.to(ANN)
    text = " ".join(body(message).split())
    for said in (
        "Dear Teacher Ann,",
        "Tuesday 5 November 2019, 10:00 to 15:00",
        "You can cancel free of charge until Mon 4 Nov 2019, 10:00 (at least 24 hours before the start).",
        'https://www.eventbrite.co.uk/mytickets (sign in with the address you booked with) and choose "Cancel order"',
        "A colleague from your school may come in your place",
        "Booking a place and not attending costs £50.",
        "Ofsted inspections and extenuating circumstances are exempt from the charge.",
        f"Your booking: {refs['Ann']}, as Eventbrite showed it on Sun 3 Nov 2019, 18:00.",
        'Answer this e-mail with "No reminders".',
    ):
        assert said in text
    assert max(len(line) for line in body(message).splitlines()) <= 78
    assert message["Subject"] == "Tuesday 5 November: Fractions; free to cancel until Mon 4 Nov 2019, 10:00"
    assert message["Reply-To"] == "office@hub.example.org"
    assert message["List-Unsubscribe"] == "<mailto:office@hub.example.org?subject=No%20reminders>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert "Mon 4 Nov 2019, 10:00" in body(message, "html")


def test_after_the_deadline_a_reminder_does_not_promise_what_is_over(
    hub: Hub, box: Postbox, event: str, refs: dict[str, str]
) -> None:
    use(hub, REMINDERS="true")
    evening(hub, "2019-11-04 18:00")
    text = " ".join(box.text(ANN).split())
    assert "Cancelling was free of charge until Mon 4 Nov 2019, 10:00" in text
    assert "You can cancel free" not in text
    assert box.subjects[0] == "Tuesday 5 November: Fractions"


def test_on_a_page_for_several_days_cancelling_is_said_to_give_up_all_of_them(hub: Hub, box: Postbox) -> None:
    page = hub.event("Number", "2019-11-05 10:00", "2020-01-21 15:00", slug="number")
    hub.book(page, "Teacher Ann")
    hub.sync()
    hub.do("workgroup", "dates", "number", "2019-11-05 10:00/15:00", "2020-01-21 10:00/15:00")
    use(hub, REMINDERS="true")
    assert evening(hub, SUNDAY) == "1 sent"
    text = " ".join(box.text(ANN).split())
    assert "Cancelling the order gives up every day of it. To give up your place on this day alone, answer" in text
    assert evening(hub, "2020-01-19 18:00") == "1 sent"
    assert "until Mon 20 Jan 2020, 10:00" in box.text(ANN)


def test_nobody_is_reminded_who_cancelled_vanished_gave_notice_was_erased_is_a_guest_or_asked_not_to_be(
    hub: Hub, box: Postbox, event: str, refs: dict[str, str]
) -> None:
    more = {name: hub.book(event, f"Teacher {name}") for name in ("Dan", "Eve", "Fay", "Gus")}
    hub.sync()
    use(hub, REMINDERS="true", GUESTS="teacher.fay@ash.example.org")
    hub.at("2019-11-01 12:00")
    hub.world.cancel(hub.bookings[refs["Ann"]])
    hub.world.delete(hub.bookings[refs["Bob"]], entirely=True)
    hub.sync()
    hub.do("person", "erase", CAT, "--yes")
    told = ("--received-at", "2019-11-01 09:00", "--channel", "phone")
    hub.do("notice", "add", "fractions", more["Dan"], *told)
    hub.do("messages", "unsubscribe", "Teacher.Eve@ash.example.org")
    assert evening(hub, SUNDAY) == "1 sent"
    assert [to for to, _ in box.taken] == ["teacher.gus@ash.example.org"]


def test_a_workshop_that_moves_is_an_occasion_of_its_own(
    hub: Hub, box: Postbox, event: str, refs: dict[str, str]
) -> None:
    use(hub, REMINDERS="true")
    assert evening(hub, SUNDAY) == "3 sent"
    hub.do("workshop", "move", "fractions", "2019-11-12 10:00/15:00")
    assert evening(hub, "2019-11-04 18:00") == "nothing sent"
    assert evening(hub, "2019-11-10 18:00") == "3 sent"
    assert "Tuesday 12 November 2019" in box.text(ANN)


def test_seats_of_one_buyer_are_one_message_and_a_name_smuggles_nothing_in(hub: Hub, box: Postbox, event: str) -> None:
    evil = "Zed\r\nBcc: all@ash.example.org\r\n\r\n<b>Hi</b> {{ 7 * 7 }}"
    hub.world.book(event, [Ticket(evil, "zed@ash.example.org", ASH) for _ in range(2)])
    hub.world.book(event, [Ticket("Nobody", "not an address\r\nRCPT TO:<x@y.example>", ASH)])
    hub.sync()
    use(hub, REMINDERS="true")
    assert evening(hub, SUNDAY, code=3) == "1 sent"
    (message,) = box.to("zed@ash.example.org")
    assert message["Bcc"] is None
    assert "2 places are booked in your name" in body(message)
    assert "Cancelling the order gives up all 2 places in it." in " ".join(body(message).split())
    assert "{{ 7 * 7 }}" in body(message)
    assert "&lt;b&gt;Hi&lt;/b&gt;" in body(message, "html")


def test_unsubscribing_is_a_fact_without_an_address_and_can_be_taken_back(
    hub: Hub, box: Postbox, event: str, refs: dict[str, str]
) -> None:
    use(hub, REMINDERS="true")
    done = hub.do("messages", "unsubscribe", ANN)
    assert len(done.facts) == 1
    assert ANN not in done.out + done.err
    again = hub.do("messages", "unsubscribe", ANN, "--json")
    assert again.json() == {"fact_ids": []}
    assert "already" in again.err
    assert "@" not in hub.refused("messages", "unsubscribe", "nobody@ash.example.org")
    assert evening(hub, "2019-10-29 18:00") == "2 sent"
    hub.do("retract", done.facts[0])
    assert evening(hub, SUNDAY) == "3 sent"


def test_nobody_is_reminded_of_bookings_that_were_not_read_lately(
    hub: Hub, box: Postbox, event: str, refs: dict[str, str]
) -> None:
    use(hub, REMINDERS="true")
    hub.at("2019-11-01 18:00")
    hub.sync()
    hub.patch.setenv("EBSYNC_EVENTBRITE_TOKEN", "EXPIREDTOKENX")
    hub.at("2019-11-03 17:00")
    assert hub.run("sync").code == 77
    hub.at(SUNDAY)
    result = hub.run("messages", "--json")
    assert (result.code, result.json()["waiting"]) == (3, 3)
    assert "3 reminders wait: the bookings of fractions were not read since Mon 2 Sep 2019, 09:00." in result.err
    assert not box.taken


def test_nobody_is_reminded_of_bookings_whose_newest_read_is_held(hub: Hub, box: Postbox, event: str) -> None:
    refs = [hub.book(event, f"Teacher {name}") for name in ("Ann", "Bob", "Cat", "Dan", "Eve", "Fay")]
    hub.at("2019-11-02 20:00")
    hub.sync()
    for reference in refs[:4]:
        hub.world.cancel(hub.bookings[reference])
    use(hub, REMINDERS="true")
    hub.at(SUNDAY)
    assert hub.run("sync").code == 65
    result = hub.run("messages")
    assert (result.code, result.out) == (3, "nothing sent\n")
    assert "not read since Sat 2 Nov 2019, 20:00; the newest read looked wrong and is held" in result.err
    assert not box.taken


def test_a_corrected_name_brings_no_second_reminder(hub: Hub, box: Postbox, event: str, refs: dict[str, str]) -> None:
    use(hub, REMINDERS="true")
    assert evening(hub, SUNDAY) == "3 sent"
    hub.world.edit(hub.bookings[refs["Ann"]], name="Teacher Anne")
    assert evening(hub, "2019-11-03 19:00") == "nothing sent"
    hub.world.edit(hub.bookings[refs["Ann"]], email="ann@new.example.org")
    assert evening(hub, "2019-11-03 20:00") == "1 sent"


def test_two_teachers_of_one_address_get_two_messages_with_ids_of_their_own(hub: Hub, box: Postbox, event: str) -> None:
    office = "office@ash.example.org"
    hub.world.book(event, [Ticket("Ann A", office, ASH), Ticket("Bob B", office, ASH)])
    use(hub, REMINDERS="true")
    assert evening(hub, SUNDAY) == "2 sent"
    assert len({message["Message-ID"] for message in box.to(office)}) == 2


def test_whoever_asked_for_no_reminders_gets_none_at_a_corrected_address(
    hub: Hub, box: Postbox, event: str, refs: dict[str, str]
) -> None:
    use(hub, REMINDERS="true")
    hub.do("messages", "unsubscribe", ANN)
    hub.world.edit(hub.bookings[refs["Ann"]], email="ann@new.example.org")
    assert evening(hub, SUNDAY) == "2 sent"
    assert sorted(to for to, _ in box.taken) == [BOB, CAT]


# Sending


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # the server does not count implicit TLS
def test_login_and_encryption_with_a_certificate_of_ones_own(
    hub: Hub, event: str, refs: dict[str, str], tmp_path: Path
) -> None:
    context, certificate = make_certificate(tmp_path)
    use(hub, LEADS=f"*={LEAD}", SMTP__USER=USER, SMTP__PASSWORD=PASSWORD)
    for number, security in enumerate(("starttls", "tls")):
        with serving(tls=context, login=True, starttls=security == "starttls") as box:
            use_server(hub, box, security)
            hub.at(f"2019-11-0{6 + number} 18:00")
            assert "cannot be trusted" in hub.refused("messages", code=78)
            use(hub, SMTP__CA_FILE=str(certificate))
            use(hub, SMTP__PASSWORD="wrong")
            refused = hub.refused("messages", code=78)
            assert "EBSYNC_SMTP__PASSWORD" in refused
            assert "wrong" not in refused
            use(hub, SMTP__PASSWORD=PASSWORD)
            assert hub.do("messages").out == "1 sent\n"
            assert len(box.to(LEAD)) == 1
            hub.patch.delenv("EBSYNC_SMTP__CA_FILE")


def test_a_server_without_encryption_login_or_answer_is_refused_with_what_to_do(
    hub: Hub, event: str, refs: dict[str, str], tmp_path: Path
) -> None:
    use(hub, LEADS=f"*={LEAD}")
    hub.at("2019-11-06 18:00")
    with serving() as box:
        use_server(hub, box, "starttls")
        assert "does not offer" in hub.refused("messages", code=78)
        use_server(hub, box, "tls")
        assert "does not offer" in hub.refused("messages", code=78)
        use_server(hub, box, "none", SMTP__USER=USER, SMTP__PASSWORD=PASSWORD)
        assert "EBSYNC_SMTP__USER" in hub.refused("messages", code=78)
        use(hub, SMTP__CA_FILE=str(tmp_path / "nothing.pem"))
        use(hub, SMTP__PASSWORD="pässword")
    context, certificate = make_certificate(tmp_path)
    with serving(tls=context, login=True) as box:
        use_server(hub, box, "starttls")
        assert "EBSYNC_SMTP__CA_FILE" in hub.refused("messages", code=78)
        use(hub, SMTP__CA_FILE=str(certificate))
        assert "characters" in hub.refused("messages", code=78)
        hub.patch.delenv("EBSYNC_SMTP__USER")
        hub.patch.delenv("EBSYNC_SMTP__PASSWORD")
        assert "wants a login" in hub.refused("messages", code=78)
    assert "cannot be reached" in hub.refused("messages", code=75)
    assert not box.taken


def test_one_refused_recipient_does_not_stop_the_others_and_what_was_put_off_is_tried_again(
    hub: Hub, box: Postbox, event: str, refs: dict[str, str]
) -> None:
    use(hub, REMINDERS="true")
    box.refused = {ANN: "550 5.1.1 no such user", BOB: "450 4.2.0 come back later"}
    hub.at(SUNDAY)
    hub.sync()
    result = hub.run("messages", "--json")
    assert result.code == 3
    assert result.json() == {
        "off": False,
        "sent": 1,
        "refused": 1,
        "not_sent": 1,
        "unsure": 0,
        "left": 0,
        "waiting": 0,
        "skipped": 0,
    }
    assert refs["Ann"] in result.err
    assert "@ash" not in result.err
    box.refused = {}
    assert evening(hub, SUNDAY) == "1 sent"
    assert [to for to, _ in box.taken] == [CAT, BOB]
    exported = hub.do("person", "export", BOB, "--json").json()
    assert [row["outcome"] for row in exported["messages"]] == ["not_sent", "sent"]
    assert "outcome sent" in hub.do("person", "export", BOB).out


def test_a_server_that_refuses_the_sender_or_what_is_said_loses_nothing(
    hub: Hub, box: Postbox, event: str, refs: dict[str, str]
) -> None:
    use(hub, LEADS=f"*={LEAD}")
    box.before_data = lambda: "554 5.7.1 looks like spam"
    assert evening(hub, "2019-11-06 18:00", code=3) == "1 not sent"
    box.before_data = lambda: "552 5.3.4 too big"
    assert evening(hub, "2019-11-06 18:00", code=3) == "1 refused"
    box.before_data = lambda: None
    assert evening(hub, "2019-11-06 18:00") == "nothing sent"
    assert evening(hub, "2019-11-07 18:00") == "1 sent"


def test_a_connection_that_breaks_leaves_one_message_unsure_and_the_rest_for_the_next_run(
    hub: Hub, box: Postbox, event: str, refs: dict[str, str]
) -> None:
    use(hub, REMINDERS="true")
    box.after_data = box.break_off
    hub.at(SUNDAY)
    hub.sync()
    refused = hub.run("messages")
    assert (refused.code, refused.out) == (75, "")
    assert "broke off" in refused.err
    assert (
        f"It is not known whether this message was sent, and it is not sent again: reminder_days {event}" in refused.err
    )
    box.after_data = lambda: None
    assert evening(hub, SUNDAY) == "2 sent"
    assert sorted(to for to, _ in box.taken) == [ANN, BOB, CAT]


def test_a_limit_leaves_the_rest_for_the_next_run(hub: Hub, box: Postbox, event: str, refs: dict[str, str]) -> None:
    use(hub, REMINDERS="true")
    hub.at(SUNDAY)
    hub.sync()
    result = hub.run("messages", "--limit", "2")
    assert (result.code, result.out) == (3, "2 sent\n")
    assert "1 more are due" in result.err
    assert evening(hub, SUNDAY) == "1 sent"
    assert evening(hub, SUNDAY) == "nothing sent"


def test_two_runs_at_once_send_each_message_once(hub: Hub, box: Postbox, event: str, refs: dict[str, str]) -> None:
    use(hub, REMINDERS="true")
    hub.at(SUNDAY)
    hub.sync()
    inner: list[str] = []

    def meanwhile() -> None:
        box.after_data = lambda: None
        inner.append(subprocess.run(COMMAND, check=True, capture_output=True, text=True).stdout)

    box.after_data = meanwhile
    assert hub.do("messages").out == "1 sent\n"
    assert inner == ["2 sent\n"]
    assert sorted(to for to, _ in box.taken) == [ANN, BOB, CAT]


COMMAND = [sys.executable, "-c", "from eb_sync.cli.main import run; run()", "messages"]


@pytest.mark.every_database
@pytest.mark.parametrize("instant", ["before_data", "after_data"])
def test_killed_at_any_instant_nothing_is_sent_twice(
    hub: Hub, box: Postbox, event: str, refs: dict[str, str], instant: str
) -> None:
    """Killed with the message half-way into the server, or taken by it and not yet recorded as sent."""
    use(hub, REMINDERS="true")
    hub.at(SUNDAY)
    hub.sync()
    running: list[subprocess.Popen[bytes]] = []

    def kill() -> str | None:
        os.kill(running[-1].pid, signal.SIGKILL)
        return "451 never mind" if instant == "before_data" else None

    for _ in refs:
        setattr(box, instant, kill)
        running.append(subprocess.Popen(COMMAND, stdout=subprocess.PIPE, stderr=subprocess.PIPE))
        running[-1].communicate(timeout=60)
        assert running[-1].returncode == -signal.SIGKILL
    setattr(box, instant, lambda: None)
    assert evening(hub, "2019-11-03 18:30") == "nothing sent"
    assert evening(hub, "2019-11-03 20:00", code=3) == "3 unsure"
    assert evening(hub, "2019-11-03 20:00") == "nothing sent"
    assert len(box.taken) == (3 if instant == "after_data" else 0)
    assert sorted({to for to, _ in box.taken}) == sorted(to for to, _ in box.taken)


# Settings and templates


def test_messages_are_off_until_a_server_is_set_and_nobody_is_told_anything_unasked(
    hub: Hub, refs: dict[str, str]
) -> None:
    use(hub, LEADS=f"*={LEAD}", REMINDERS="true")
    hub.at("2019-11-06 18:00")
    result = hub.do("messages")
    assert "EBSYNC_SMTP__HOST is not set" in result.err
    assert hub.do("messages", "--json").json()["off"] is True
    with serving() as box:
        use_server(hub, box)
        for name in ("LEADS", "REMINDERS"):
            hub.patch.delenv(f"EBSYNC_{name}")
        assert "Nobody is told anything" in hub.do("messages").err
        assert not box.taken


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"SMTP__SECURITY": "none"}, "for a mail server on this machine"),
        ({"SMTP__USER": "hub"}, "go together"),
        ({"SMTP__FROM": ""}, "EBSYNC_SMTP__FROM is missing"),
        ({"SMTP__FROM": "nobody"}, "write an e-mail address"),
        ({"LEADS": "fractions=zoe zander"}, "is no e-mail address"),
        ({"LEADS": "zoe.zander@hub.example.org"}, "with = between"),
        ({"FINANCE_EMAIL": "a@b.example, zoe zander"}, "number 2 of the list"),
        ({}, "a rehearsal sends mail to a server on this machine only"),
    ],
)
def test_settings_that_are_wrong_are_refused_without_repeating_an_address(
    hub: Hub, settings: dict[str, str], said: str
) -> None:
    use(hub, SMTP__HOST="mail.example.org", SMTP__FROM="hub@hub.example.org")
    use(hub, **settings)
    refused = hub.refused("messages", code=78)
    assert said in refused
    assert "zander" not in refused.casefold()


def test_a_dry_run_writes_files_and_neither_sends_nor_records(
    hub: Hub, box: Postbox, event: str, refs: dict[str, str]
) -> None:
    use(hub, REMINDERS="true", LEADS=f"*={LEAD}")
    hub.at(SUNDAY)
    hub.sync()
    before = all_text()
    done = hub.do("messages", "--dry-run", "mails", "--json").json()
    assert done["files"] == [
        *(f"000{number}-reminder_days-{ref}.eml" for number, ref in enumerate(refs.values(), 1)),
        "0004-leads-2019-11-03.eml",
    ]
    assert hub.do("messages", "--dry-run", "mails").out == "4 written, nothing sent\n"
    message = message_from_bytes((hub.folder / "mails" / done["files"][0]).read_bytes(), policy=policy.default)
    assert message["To"] == ANN
    assert {path.stat().st_mode & 0o777 for path in (hub.folder / "mails").iterdir()} == {0o600}
    assert all_text() == before
    assert not box.taken
    assert hub.do("messages").out == "4 sent\n"


def test_the_words_can_be_changed(hub: Hub, box: Postbox, event: str, refs: dict[str, str]) -> None:
    use(hub, REMINDERS="true")
    hub.do("messages", "templates", "words")
    assert "stays as it is" in hub.do("messages", "templates", "words").err
    use(hub, TEMPLATES="words")
    assert evening(hub, "2019-10-29 18:00") == "3 sent"
    for path in (hub.folder / "words").iterdir():
        path.unlink()
    words = "Subject: Bring cake, {{ name }}\n\nSee you {{ times }}.\n{{ deadline }}\n"
    (hub.folder / "words" / "reminder.txt").write_text(words, encoding="utf-8")
    assert evening(hub, SUNDAY) == "3 sent"
    (_, message) = box.to(ANN)
    assert message["Subject"] == "Bring cake, Teacher Ann"
    assert body(message).startswith("See you Tuesday 5 November 2019, 10:00 to 15:00.")
    assert not message.is_multipart()


@pytest.mark.parametrize(
    ("name", "words", "said"),
    [
        ("reminder.txt", "Subject: Hi\n\n{% if name %}\n", "line 3"),
        ("reminder.txt", "Subject: Hi\n\nDear {{ surname }}\n", "line 3: there is nothing called surname"),
        ("reminder.html", "<p>\n{{ name.first }}</p>", "line 2"),
        ("reminder.txt", "Subject: Hi\n\n{{ places / 0 }}\n", "line 3"),
        ("reminder.txt", "Hello\n", "line 1"),
        ("reminder.txt", "Subject:  \n", "line 1"),
        ("leads.txt", "Subject: Hi\n{% for r in registers %}\n{{ r.surname }}\n{% endfor %}", "line 3"),
        ("finance.txt", "Subject: Hi\n{{ waiting.text }}\n", "line 2"),
        ("reminder.txt", "Subject: Hi\n{{ ''.__class__.__mro__ }}\n", "line 2"),
        ("remindr.txt", "Subject: Hi\n", "no template that ebsync knows"),
        ("reminder.txt", "Subject: " + "x" * 300_000, "too long"),
        ("reminder.txt", "Subject: " + "x" * 3_000_000, "more than 1 MB"),
        ("reminder.txt", "Subject: Hi\n" + "{% for a in hub %}" * 8 + "x" + "{% endfor %}" * 8, "line 2: loops stand"),
        ("reminder.txt", "Subject: Hi\n" + "{% for a in hub %}{% endfor %}" * 60, "more than 50 loops"),
        ("reminder.txt", "Subject: Hi\n{{ 'x' * 10 ** 10 }}", "line 2"),
        ("reminder.txt", "Subject: Hi\n{{ 9 ** 9 ** 9 ** 9 }}", "line 2"),
        ("reminder.txt", "Subject: Hi\n{{ '%999999999d' % 1 }}", "line 2"),
        ("reminder.txt", "Subject: Hi\n{{ '{:>999999999}'.format(1) }}", "line 2: nothing can be called"),
        ("reminder.txt", "Subject: Hi\n{{ 'x'|center(999999999) }}", "line 2"),
        ("reminder.txt", "Subject: Hi\n{% set x = hub %}" + "{% set x = x ~ x %}" * 40, "line 2: what is set"),
        ("reminder.txt", "Subject: Hi\n{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "line 2: macros"),
        ("reminder.txt", "Subject: Hi\n{% for a in hub recursive %}{{ loop(hub) }}{% endfor %}", "line 2: a loop"),
        ("reminder.txt", "Subject: Hi\n{% for a in hub %}" + "x" * 190_000 + "{% endfor %}", "200,000 characters"),
        ("reminder.txt", "Subject: Hi\n{{ " + "(" * 5000, "reminder.txt"),
    ],
)
def test_a_broken_template_is_refused_with_its_line_and_nothing_is_sent(
    hub: Hub, box: Postbox, refs: dict[str, str], name: str, words: str, said: str
) -> None:
    (hub.folder / "words").mkdir()
    (hub.folder / "words" / name).write_text(words, encoding="utf-8")
    use(hub, REMINDERS="true", LEADS=f"*={LEAD}", TEMPLATES="words")
    hub.at(SUNDAY)
    hub.sync()
    refused = hub.refused("messages", code=78)
    assert said in refused
    assert name in refused
    assert not box.taken


def test_a_folder_of_templates_that_cannot_be_read_is_refused(hub: Hub, box: Postbox) -> None:
    use(hub, TEMPLATES="nowhere")
    assert "is no folder" in hub.refused("messages", code=78)
    (hub.folder / "words").mkdir()
    (hub.folder / "words" / "leads.txt").write_bytes(b"\xff\xfe\xff")
    use(hub, TEMPLATES="words")
    assert "UTF-8" in hub.refused("messages", code=78)


def test_no_fact_holds_a_name_or_an_address(hub: Hub, box: Postbox, event: str, refs: dict[str, str]) -> None:
    use(hub, REMINDERS="true", LEADS=f"*={LEAD}", FINANCE_EMAIL=MONEY)
    evening(hub, SUNDAY)
    evening(hub, "2019-11-05 18:00")
    hub.do("messages", "unsubscribe", ANN)
    said = [line for line in all_text().splitlines() if "MessageBegun" in line or "RemindersStopped" in line]
    assert len(said) >= 5
    assert not [line for line in said if "@" in line or "Teacher" in line or "teacher." in line]
    for number in range(1, 60):
        result = hub.run("retract", str(number))
        assert result.code in {0, 2}, result


def test_a_port_that_answers_nothing_is_given_up(hub: Hub, refs: dict[str, str]) -> None:
    """A server that accepts the connection and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        use(hub, SMTP__HOST="127.0.0.1", SMTP__PORT=str(port), SMTP__SECURITY="none", SMTP__FROM="hub@hub.example.org")
    use(hub, LEADS=f"*={LEAD}")
    hub.at("2019-11-06 18:00")
    assert "cannot be reached" in hub.refused("messages", code=75)

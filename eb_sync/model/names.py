"""When two typed texts count as the same, and what an e-mail host says."""

from __future__ import annotations

import re
import unicodedata

_NOT_WORD = re.compile(r"[^\w]+")

SHARED_HOSTS = frozenset(
    """
    gmail.com googlemail.com outlook.com hotmail.com hotmail.co.uk live.com live.co.uk yahoo.com yahoo.co.uk icloud.com
    me.com aol.com btinternet.com sky.com virginmedia.com talktalk.net protonmail.com sites.google.com
    facebook.com wordpress.com wixsite.com weebly.com blogspot.com schoolsite.co.uk eschools.co.uk nhs.net
    """.split()  # noqa: SIM905 - a list of words reads better as text
)
"""Hosts that belong to nobody in particular."""


_LOCAL = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}"
_HOST = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"{_LOCAL}@{_HOST}(?:\.{_HOST})*")
_LONGEST_ADDRESS = 254  # RFC 5321, 4.5.3.1.3, without the angle brackets


def normalise_name(text: str) -> str:
    """A person's or school's name for comparing: case, accents, punctuation and spacing do not matter."""
    decomposed = unicodedata.normalize("NFKD", text.replace("&", " and ").replace("'", "").replace("\u2019", ""))
    plain = decomposed
    if not decomposed.isascii():
        plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    return _NOT_WORD.sub(" ", plain.casefold()).strip()


def is_mail_address(text: str) -> bool:
    """Whether a mail server anywhere takes it: ASCII, no names, comments or quotes, no longer than RFC 5321 allows."""
    return len(text) <= _LONGEST_ADDRESS and _ADDRESS.fullmatch(text) is not None


def normalise_email(text: str) -> str:
    """An e-mail address for comparing: case and surrounding space do not matter."""
    return text.strip().casefold()


def postcode_key(postcode: str) -> str:
    """A postcode for comparing: no spaces, capitals."""
    return "".join(postcode.split()).upper()


def host_of(email: str) -> str:
    """The host of an e-mail address; empty for hosts that belong to nobody in particular."""
    host = normalise_email(email).rpartition("@")[2].removeprefix("www.")
    return "" if is_shared(host) else host


def is_shared(host: str) -> bool:
    """Whether a host belongs to nobody in particular."""
    return host in SHARED_HOSTS or any(host.endswith(f".{shared}") for shared in SHARED_HOSTS)

"""When two typed texts count as the same, and what an e-mail host says."""

from __future__ import annotations

import functools
import hashlib
import itertools
import re
import unicodedata

_NOT_WORD = re.compile(r"[^\w]+")

_APOSTROPHES = (
    "'`\u00b4\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u02c8\u02ca\u02cb\u0374\u055a\u05f3\u07f4\u07f5\u1fbd\u1fbf\u1fef"
    "\u1ffd\u1ffe\u2018\u2019\u201b\u2032\u2035\u275b\u275c\ua78b\ua78c\uff07\uff40"
)
"""Whatever a keyboard, a phone or a word processor writes for the apostrophe of "O'Brien": quotes, primes, accents."""
_ELISION = re.compile(rf"\b([dlmo])[{_APOSTROPHES}]\s+(?=\w)", re.IGNORECASE)
"""The start of "O' Brien", which is "O'Brien" with a space too many."""
_WITHOUT_APOSTROPHES = str.maketrans("", "", _APOSTROPHES)
_COMMAS = str.maketrans(dict.fromkeys("\u060c\u3001\ufe50\uff0c", ","))
_NOT_LETTERS = re.compile(r"[^a-z0-9]+")
_PLAIN_LETTERS = str.maketrans(
    {
        "\u00e6": "ae",
        "\u00f0": "d",
        "\u00f8": "o",
        "\u00fe": "th",
        "\u0111": "d",
        "\u0127": "h",
        "\u0131": "i",
        "\u0142": "l",
        "\u0153": "oe",
        "\u0167": "t",
    }
)
"""Small letters that stand for a plain one, or two, and that neither Unicode nor folding takes apart."""

_TITLES = frozenset(
    """
    mr mister mrs ms miss mx dr doctor prof professor rev revd reverend sir dame lady lord sr sister
    fr father br brother
    """.split()  # noqa: SIM905 - a list of words reads better as text
)
_POST_NOMINALS = frozenset(
    """
    ba bsc bed beng llb ma msc med mba mphil mres mmath mchem phd dphil edd pgce pgcert pgdip qts qtls hons
    npqh npqsl npqml npqel npqlt npqltd npqlm frsa fcct mcct cmath fima obe mbe cbe dl jp
    """.split()  # noqa: SIM905 - a list of words reads better as text
)
_SURNAME_AND_FIRST = 2  # parts of "Smith, Ann"
_SHORTEST_BEGINNING = 3  # letters of "Ann" that begin "Annie"; two begin too much

SHARED_HOSTS = frozenset(
    """
    gmail.com googlemail.com outlook.com hotmail.com hotmail.co.uk live.com live.co.uk yahoo.com yahoo.co.uk icloud.com
    me.com aol.com btinternet.com sky.com virginmedia.com talktalk.net protonmail.com sites.google.com
    facebook.com wordpress.com wixsite.com weebly.com blogspot.com schoolsite.co.uk eschools.co.uk nhs.net
    """.split()  # noqa: SIM905 - a list of words reads better as text
)
"""Hosts that belong to nobody in particular."""


_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL = rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*"
"""No dot at either end and no two together, as RFC 5321, 4.1.2 has it: what a program writes is read by others."""
_HOST = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"{_LOCAL}@{_HOST}(?:\.{_HOST})*")
_LONGEST_ADDRESS = 254  # RFC 5321, 4.5.3.1.3, without the angle brackets
_LONGEST_KEY = 600
"""Bytes of what texts are compared by: four of them stand in an index, whose rows PostgreSQL limits to 2,704."""
_BEGINNING = 560
_SURELY_SHORT = _LONGEST_KEY // 4


def _bounded(key: str) -> str:
    """The key; of one that no index takes its beginning, and digits made of all of it. Twice changes nothing."""
    if len(key) <= _SURELY_SHORT:
        return key
    content = key.encode("utf-8", "surrogatepass")
    if len(content) <= _LONGEST_KEY:
        return key
    number = int.from_bytes(hashlib.sha256(content).digest()[:12], "big")
    return f"{content[:_BEGINNING].decode('utf-8', 'ignore').rstrip()}{number:029d}"


@functools.lru_cache(maxsize=4096)
def normalise_name(text: str) -> str:
    """A school's name or a question for comparing: case, accents, punctuation and spacing do not matter."""
    decomposed = unicodedata.normalize("NFKD", text.replace("&", " and ").replace("'", "").replace("\u2019", ""))
    plain = decomposed
    if not decomposed.isascii():
        plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    return _bounded(_NOT_WORD.sub(" ", plain.casefold()).strip())


def normalise_person_name(text: str) -> str:
    """A person's name for comparing, without what the same person types now one way and now another.

    Every kind of apostrophe is dropped; hyphens, spaces and other punctuation separate words; accents, special letters
    and case do not matter; titles in front of a whole name fall away ("Prof Dr"), and so does what stands behind a
    comma after it ("Ann Smith, BSc"); "Smith, Ann" is "Ann Smith". Of a surname alone the title stays, for it is all
    that tells "Mr Khan" from "Mrs Khan". Normalising twice changes nothing. Empty without a letter or digit.
    """
    parts = [part for part in map(_words_of, _ELISION.sub(r"\1", text).translate(_COMMAS).split(",")) if part]
    titles = [word for part in parts for word in itertools.takewhile(_TITLES.__contains__, part)]
    while len(parts) > 1 and _is_appended(parts):
        parts.pop()
    parts = [_without_titles(part) for part in parts]
    if len(parts) == _SURNAME_AND_FIRST:
        parts.reverse()
    words = _without_titles([word for part in parts for word in part])
    is_surname = len(words) == 1 and words[0] not in _TITLES
    return _bounded(" ".join([*titles[:1], *words] if is_surname else words))


def _words_of(text: str) -> list[str]:
    """Its words in plain small letters."""
    return _fold(text.replace("&", " and ").translate(_WITHOUT_APOSTROPHES)).split()


def _fold(text: str) -> str:
    if text.isascii():
        return _NOT_LETTERS.sub(" ", text.casefold())
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = unicodedata.normalize("NFKD", plain).casefold().translate(_WITHOUT_APOSTROPHES).translate(_PLAIN_LETTERS)
    letters = (character for character in plain if not unicodedata.combining(character))
    return "".join(letter if letter.isalnum() else " " for letter in letters)


def _is_appended(parts: list[list[str]]) -> bool:
    """Whether the last part is about the whole name before it, and no name itself."""
    if all(word in _TITLES for word in parts[-1]):
        return True
    is_whole = len(parts) > _SURNAME_AND_FIRST or len(_without_titles(parts[0])) > 1
    return is_whole and all(word in _POST_NOMINALS for word in parts[-1])


def _without_titles(words: list[str]) -> list[str]:
    """Without titles in front, but for a last word, which is a name whatever it says: "Miss", "Jack Lord"."""
    first = next((place for place, word in enumerate(words) if word not in _TITLES), len(words) - 1)
    return words[first:]


def telling_words(name_key: str) -> frozenset[str]:
    """The words of a normalised name that say whose it is: no title, no initial."""
    return frozenset(word for word in name_key.split() if len(word) > 1 and word not in _TITLES)


def share_a_word(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two names have a telling word in common, or one of three letters or more that begins the other's."""
    return not one.isdisjoint(other) or any(_begins(a, b) or _begins(b, a) for a in one for b in other)


def may_be_one_name(name_key: str, other_key: str) -> bool:
    """Whether two normalised names with one address may be one person's: a word in common, or no name at all."""
    return not name_key or not other_key or share_a_word(telling_words(name_key), telling_words(other_key))


def _begins(short: str, long: str) -> bool:
    return len(short) >= _SHORTEST_BEGINNING and long.startswith(short)


def is_mail_address(text: str) -> bool:
    """Whether a mail server anywhere takes it: ASCII, no names, comments or quotes, no longer than RFC 5321 allows."""
    return len(text) <= _LONGEST_ADDRESS and _ADDRESS.fullmatch(text) is not None


def normalise_email(text: str) -> str:
    """An e-mail address for comparing: case and surrounding space do not matter."""
    return _bounded(text.strip().casefold())


def postcode_key(postcode: str) -> str:
    """A postcode for comparing: no spaces, capitals."""
    return _bounded("".join(postcode.split()).upper())


def host_of(email: str) -> str:
    """The host of an e-mail address; empty for hosts that belong to nobody in particular."""
    host = email.strip().casefold().rpartition("@")[2].removeprefix("www.")
    return "" if is_shared(host) else _bounded(host)


def is_shared(host: str) -> bool:
    """Whether a host belongs to nobody in particular."""
    return host in SHARED_HOSTS or any(host.endswith(f".{shared}") for shared in SHARED_HOSTS)

"""Policies by name: a file of the hub's own, or a document that comes with ebsync."""

from __future__ import annotations

import os
from pathlib import Path

from eb_sync.errors import SettingsError
from eb_sync.model.outside import LARGEST_TEXT, read_outside
from eb_sync.settings import explain_toml
from eb_sync.settings.values import expand_home
from eb_sync.workshops.bank_holidays import is_bank_holiday
from policies.parameters import Policy, PolicyError, load_policy, read_shipped

_LONGEST, _MOST_LINES, _MOST_PARTS = 200_000, 4000, 2000


def read_policy(name: str) -> Policy:
    """A policy by its file's path, or by the id of one that comes with ebsync.

    Raises:
        SettingsError: it cannot be read or is wrong; the message says where.
    """
    return load_policy(read_policy_text(name), is_bank_holiday)


def read_policy_text(name: str, setting: str = "") -> str:
    """The text of a policy that is right; `setting` is where it is named, for messages.

    Raises:
        SettingsError: as `read_policy`.
    """
    text = ""
    try:
        text = _read(name, setting) if name.endswith(".toml") or os.sep in name else read_shipped(name)
        load_policy(text, is_bank_holiday)
    except PolicyError as error:
        problems = "\n".join(f"  {name}, {problem}" for problem in explain_toml(text, str(error)).splitlines())
        raise SettingsError(f"The policy {name}{setting} is wrong:\n{problems}") from None
    return text


def _read(name: str, setting: str) -> str:
    try:
        text = read_outside(expand_home(Path(name)), LARGEST_TEXT).decode("utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        reason = error.strerror
    except UnicodeDecodeError:
        reason = "it is not UTF-8 text"
    except ValueError as error:
        reason = str(error)
    else:
        if len(text) <= _LONGEST and text.count("[") <= _MOST_PARTS and text.count("\n") <= _MOST_LINES:
            return text
        reason = f"no policy has more than {_LONGEST:,} characters, {_MOST_LINES:,} lines or {_MOST_PARTS:,} parts"
    raise SettingsError(f"The policy file {name}{setting} cannot be read: {reason}.")

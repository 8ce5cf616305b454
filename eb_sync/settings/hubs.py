"""Several hubs in one configuration: `[hubs.<name>]` tables, each over what is set for all of them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_settings import EnvSettingsSource, PydanticBaseSettingsSource

from eb_sync.errors import SettingsError
from eb_sync.settings import Settings, config_places, explain_wrong, find_config, read_toml

HUBS = "hubs"
_PREFIX = "EBSYNC_HUBS__"
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")
_OF_ALL = frozenset({"now", "queue", "workers"})
"""What no hub may set for itself: there is one clock, and one process for all."""
_OF_ONE = frozenset({"eventbrite_token", "eventbrite_token_file", "organization_id", "monitor"})
"""What no hub inherits: it would read another's bookings, and one hub's good night would hide another's bad one."""


_OF_NO_HUB = frozenset(
    f"EBSYNC_{name}" for name in ("NOW", "ACTOR", "WORKERS", "LOG_FORMAT", "HUB", "CONFIG", "COMPLETE")
)


class _Given(Settings):
    """Settings of values gathered already."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[Settings],  # type: ignore[override]  # only ever this class
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is passed in, and nothing else."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)


def read_hub_names() -> tuple[str, ...]:
    """The names of the hubs that are configured, in order; empty where there is one hub without a name.

    Raises:
        SettingsError: the file cannot be read, or a name is none.
    """
    path = _find_source()
    return _names({} if path is None else read_toml(path, {HUBS}))


def read_hub_settings(chosen: str | None = None) -> tuple[Settings, Path | None, str | None]:
    """The settings in force for a hub, the file they come from, and the hub's name.

    Args:
        chosen: a name; None: the one in `EBSYNC_HUB`, if any.

    Returns:
        The name is None where no hubs are configured: then there is one.

    Raises:
        SettingsError: no hub is chosen of several, there is none of that name, or a value is wrong.
    """
    path = _find_source()
    values = {} if path is None else read_toml(path, {HUBS})
    names = _names(values)
    name = chosen or os.environ.get("EBSYNC_HUB") or None
    _check_chosen(name, names)
    return _build(values, name), path, name


def read_common_settings() -> Settings:
    """What is set for all hubs together.

    Raises:
        SettingsError: the file cannot be read, or a value is wrong.
    """
    path = _find_source()
    return _build({} if path is None else read_toml(path, {HUBS}), None)


def _find_source() -> Path | None:
    """The settings file in use; None where variables alone say which hub is meant.

    Raises:
        SettingsError: there is neither: this is the wrong folder, and nothing is to be begun in it.
    """
    path = find_config()
    if path is None and not any(value and _is_of_a_hub(name) for name, value in os.environ.items()):
        looked = ", ".join(str(each) for each in config_places())
        raise SettingsError(
            f"There are no settings here. Looked for {looked}, and for EBSYNC_... variables. Go to the hub's folder, "
            "name its file by EBSYNC_CONFIG, or begin a hub with `ebsync init`."
        )
    return path


def _is_of_a_hub(variable: str) -> bool:
    """Whether a variable says anything about a hub; a clock, a name to sign with or a log's look do not."""
    name = variable.upper()
    return name.startswith("EBSYNC_") and name not in _OF_NO_HUB


def check_name(name: str) -> None:
    """Refuse what no hub can be called.

    Raises:
        SettingsError: it is no name of a hub.
    """
    if not _NAME.fullmatch(name) or "--" in name:
        raise SettingsError(f"A hub cannot be called {name}: write small letters, digits and single - between them.")


def _names(values: Mapping[str, Any]) -> tuple[str, ...]:
    tables = values.get(HUBS, {})
    if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
        raise SettingsError("In the settings file each hub is a table of its own: [hubs.NAME].")
    given = sorted({_name_of(variable) for variable in os.environ if variable.upper().startswith(_PREFIX)})
    strangers = [name for name in given if name not in tables]
    if tables and strangers:
        raise SettingsError(
            f"{_variable(strangers[0])}... is for no hub of the settings file, whose hubs are: {', '.join(tables)}."
        )
    names = tuple(tables) or tuple(given)
    for name in names:
        check_name(name)
    return names


def _name_of(variable: str) -> str:
    return variable[len(_PREFIX) :].partition("__")[0].lower().replace("_", "-")


def name_variable(hub: str | None, setting: str) -> str:
    """The variable that sets something for a hub."""
    return f"{'EBSYNC_' if hub is None else _variable(hub)}{setting.upper()}"


def _variable(name: str) -> str:
    """What the variables of a hub begin with."""
    return f"{_PREFIX}{name.upper().replace('-', '_')}__"


def _check_chosen(name: str | None, names: Iterable[str]) -> None:
    listed = ", ".join(names)
    if name is not None and not listed:
        raise SettingsError(f"Hub {name} is chosen, but no hubs are configured: there is one, which needs no name.")
    if name is None and listed:
        raise SettingsError(f"There are several hubs: choose one with --hub or EBSYNC_HUB. They are: {listed}.")
    if name is not None and name not in names:
        raise SettingsError(f"There is no hub {name}. The hubs are: {listed}.")


def _build(values: Mapping[str, Any], name: str | None) -> Settings:
    common = {key: value for key, value in values.items() if key != HUBS}
    gathered = _over(common, EnvSettingsSource(Settings)())
    if name is not None:
        of_file = values.get(HUBS, {}).get(name, {})
        _check_keys(name, of_file)
        own = _over(of_file, EnvSettingsSource(Settings, env_prefix=_variable(name))())
        inherited = {key: value for key, value in gathered.items() if key not in _OF_ONE}
        gathered = _over(inherited, {key: value for key, value in own.items() if key not in _OF_ALL})
    try:
        return _Given(**gathered)
    except ValidationError as error:
        raise explain_wrong(error, "" if name is None else f" (hub {name})") from None


def _check_keys(name: str, table: Mapping[str, Any]) -> None:
    unknown = sorted(set(table) - set(Settings.model_fields) | _OF_ALL & set(table))
    if unknown:
        raise SettingsError(f"Hub {name} has settings that ebsync does not know for a hub: {', '.join(unknown)}.")


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Both, section by section; `above` wins."""
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        merged[key] = _over(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged

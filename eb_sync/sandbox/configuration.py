"""The world's settings, as the control surface takes them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from eb_sync.sandbox.world import World


class Configuration(BaseModel):
    """Settings by the names of the world's attributes, which say what they mean; those left out stay as they are."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    page_size: int = Field(default=50, ge=1)
    shuffle_seed: int | None = None
    dates_from_clock: bool = True
    enforces_rate_limit: bool = False
    visible_after: timedelta = Field(default=timedelta(0), ge=timedelta(0))
    skew: timedelta = timedelta(0)


def configure(world: World, **settings: object) -> Configuration:
    """Set what is given; returns all settings as they are now. ValueError, and nothing set, if one cannot be."""
    given = Configuration.model_validate(settings)
    for name in given.model_fields_set:
        setattr(world, name, getattr(given, name))
    return Configuration.model_validate(world)

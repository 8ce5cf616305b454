"""What is typed on the command line, for every command at once: fit to be kept, and paths that can be looked at."""

from __future__ import annotations

import os
from typing import Any

import click

from eb_sync.model.texts import LONGEST, storable

_NOT_THERE = (FileNotFoundError, NotADirectoryError)
"""Which commands say better themselves: some make what is not there."""


class TypedText(click.types.StringParamType):
    """A word or a sentence: half characters and what would act on a terminal are cleaned out of it.

    One that is too long is refused, not cut: who typed it is there to say it in fewer words.
    """

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401 - click's signature
        """The text; as it is, spaces included, where nothing in it is dangerous."""
        text = super().convert(value, param, ctx)
        if len(text) > LONGEST:
            self.fail(f"it has {len(text):,} characters; no text may have more than {LONGEST:,}.", param, ctx)
        return text if text.isprintable() else storable(text)


class TypedPath(click.Path):
    """A path that the system can look up, whether or not anything is there; its bytes are nobody's business."""

    def __init__(self, wanted: click.Path) -> None:
        """As wanted."""
        self.__dict__.update(wanted.__dict__)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401 - click's signature
        """The path, refused where nobody may look, or where its name is longer than any."""
        try:
            os.stat(value)  # noqa: PTH116 - a text or a path
        except _NOT_THERE:
            pass
        except OSError as error:
            self.fail(f"{_shown(value)} cannot be used: {error.strerror}.", param, ctx)
        except ValueError:
            self.fail(f"{_shown(value)} is no path.", param, ctx)
        return super().convert(value, param, ctx)


def _shown(value: object) -> str:
    return storable(str(value)[:100])


def guard_typed(command: click.Command) -> click.Command:
    """The same command, and all below it, whose texts and paths are guarded."""
    for param in command.params:
        if type(param.type) is click.types.StringParamType:
            param.type = TypedText()
        elif type(param.type) is click.Path:
            param.type = TypedPath(param.type)
    if isinstance(command, click.Group):
        for each in command.commands.values():
            guard_typed(each)
    return command

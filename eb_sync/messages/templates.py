"""The words of messages as files: those that come with ebsync, or a hub's own. Wrong ones are refused with their line.

A message is `<name>.txt`, whose first line is `Subject: ...`, and `<name>.html`. In a hub's own folder a `.txt` without
its `.html` makes that message plain text alone.
"""

from __future__ import annotations

import textwrap
import traceback
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, StrictUndefined, TemplateError, TemplateSyntaxError, UndefinedError, meta

from eb_sync.errors import SettingsError
from eb_sync.messages.samples import SAMPLES
from eb_sync.messages.template_limits import LimitedEnvironment, find_excess, limited
from eb_sync.model.outside import LARGEST_TEXT, read_outside
from eb_sync.model.texts import plain_text

SHIPPED = Path(__file__).parent / "templates"
_SUBJECT = "Subject:"
_KINDS = (".txt", ".html")
_WIDTH = 76
_FAILURES = (TemplateError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError, RecursionError)
_LONGEST = 200_000
"""Characters of a template, and of what it makes."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message in words."""

    subject: str
    text: str
    html: str | None


@dataclass(frozen=True, slots=True)
class Templates:
    """Templates that were tried on samples, by file name."""

    sources: Mapping[str, tuple[str, str]]
    """Where each is from, and what it says."""

    def render(self, name: str, content: Mapping[str, object]) -> Rendered:
        """The message.

        Raises:
            SettingsError: a template cannot be used with this; says where.
        """
        content = {key: _of_one_line(value) for key, value in content.items()}
        page = self._render(f"{name}.txt", content)
        first, _, rest = page.partition("\n")
        if not first.startswith(_SUBJECT) or not first.removeprefix(_SUBJECT).strip():
            raise SettingsError(
                f"{self.sources[f'{name}.txt'][0]}, line 1: a message begins with `{_SUBJECT}` and what it is about. "
                "Nothing was sent."
            )
        html = self._render(f"{name}.html", content) if f"{name}.html" in self.sources else None
        return Rendered(first.removeprefix(_SUBJECT).strip(), _tidy(rest), html)

    def _render(self, file_name: str, content: Mapping[str, object]) -> str:
        where, source = self.sources[file_name]
        environment = _environment(file_name)
        try:
            _check_variables(environment, where, source, content)
            rendered = _joined(where, environment.from_string(source).generate(dict(content)))
        except TemplateSyntaxError as error:
            raise _wrong(where, error.lineno, str(error.message)) from None
        except (
            TemplateError,
            ArithmeticError,
            LookupError,
            TypeError,
            ValueError,
            AttributeError,
            RecursionError,
        ) as error:
            said = (
                str(error) if isinstance(error, UndefinedError) else f"it cannot be filled in ({type(error).__name__})"
            )
            raise _wrong(where, _line_of(error), said) from None
        return plain_text(rendered)


def _joined(where: str, parts: Iterable[str]) -> str:
    """What a template makes, while it is made: one that makes too much is stopped."""
    made, length = [], 0
    for part in parts:
        made.append(part)
        length += len(part)
        if length > _LONGEST:
            raise _wrong(where, 1, f"it makes a message of more than {_LONGEST:,} characters")
    return "".join(made)


def _of_one_line(value: object) -> object:
    """A title or a name from outside stays on its line: it must not look like a paragraph of ours."""
    return " ".join(plain_text(value).split()) if isinstance(value, str) else value


def load_templates(folder: Path | None) -> Templates:
    """The templates that come with ebsync, or a folder's where it has them, each tried on a sample.

    Raises:
        SettingsError: the folder or a file cannot be read, or a template is wrong; nothing is to be sent.
    """
    own = {} if folder is None else dict(_read_own(folder))
    sources = {}
    for name in SAMPLES:
        for kind in _KINDS:
            file_name = f"{name}{kind}"
            if file_name in own:
                sources[file_name] = own[file_name]
            elif kind == ".txt" or f"{name}.txt" not in own:
                sources[file_name] = (file_name, _read(SHIPPED / file_name))
    templates = Templates(sources)
    for name, samples in SAMPLES.items():
        for sample in samples:
            templates.render(name, sample)
    return templates


def shipped_files() -> dict[str, bytes]:
    """The files that come with ebsync, to be changed elsewhere."""
    names = [f"{name}{kind}" for name in SAMPLES for kind in _KINDS]
    return {name: (SHIPPED / name).read_bytes() for name in names}


def _read_own(folder: Path) -> Iterator[tuple[str, tuple[str, str]]]:
    if not folder.is_dir():
        raise SettingsError(f"EBSYNC_TEMPLATES: {folder} is no folder.")
    known = [f"{name}{kind}" for name in SAMPLES for kind in _KINDS]
    for path in sorted(folder.iterdir()):
        if path.suffix in _KINDS and path.name not in known:
            raise SettingsError(
                f"EBSYNC_TEMPLATES: {path} is no template that ebsync knows ({', '.join(known)}). Nothing was sent."
            )
        if path.name in known:
            yield path.name, (str(path), _read(path))


def _read(path: Path) -> str:
    try:
        text = read_outside(path, LARGEST_TEXT).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SettingsError(f"The template {path} cannot be read: {reason}. Nothing was sent.") from None
    if len(text) > _LONGEST:
        raise SettingsError(f"The template {path} is too long. Nothing was sent.")
    return text


def _environment(file_name: str) -> LimitedEnvironment:
    return limited(
        LimitedEnvironment(
            undefined=StrictUndefined, autoescape=file_name.endswith(".html"), trim_blocks=True, lstrip_blocks=True
        )
    )


def _check_variables(environment: Environment, where: str, source: str, content: Mapping[str, object]) -> None:
    parsed = environment.parse(source)
    excess = find_excess(parsed)
    if excess is not None:
        raise _wrong(where, *excess)
    unknown = sorted(meta.find_undeclared_variables(parsed) - set(content))
    if unknown:
        line = next((n for n, text in enumerate(source.splitlines(), 1) if unknown[0] in text), 1)
        known = ", ".join(sorted(content))
        raise _wrong(where, line, f"there is nothing called {unknown[0]}; known here are: {known}")


def _line_of(error: BaseException) -> int:
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == "<template>" and frame.lineno is not None]
    return lines[-1] if lines else 1


def _wrong(where: str, line: int, what: str) -> SettingsError:
    return SettingsError(f"The template {where} is wrong in line {line}: {what}. Nothing was sent.")


def _tidy(text: str) -> str:
    """Wrapped, without blank lines at both ends, and never more than one blank line between others.

    Indented lines are left as they are, but for list items: they may be commands to be copied.
    """
    lines: list[str] = []
    for line in text.strip("\n").splitlines():
        if line.strip() == "--":
            lines.append("-- ")  # a signature, for mail programs
        elif line.strip():
            lines += _wrap(line.rstrip())
        elif lines and lines[-1]:
            lines.append("")
    return "\n".join(lines) + "\n"


def _wrap(line: str) -> list[str]:
    if line.startswith(" ") and not line.startswith("  - "):
        return [line]
    indent = "    " if line.startswith("  - ") else ""
    return textwrap.wrap(line, _WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)

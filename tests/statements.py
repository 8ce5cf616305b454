"""SQL that was compiled once serves every engine of a test process.

SQLAlchemy keeps compiled statements for each engine. A command opens one and ends; tests run thousands of commands in
one process, and compiling the same statements anew was a third of their time. What is compiled depends on the kind of
database and the statement alone, never on its values.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

Key = tuple[Any, ...]


class CompiledStatements(dict[Key, Any]):
    """What SQLAlchemy takes as `compiled_cache`; its keys begin with the engine's own dialect, ours with its class."""

    def get(self, key: Key, default: Any = None) -> Any:  # noqa: ANN401 - SQLAlchemy's own
        return super().get((type(key[0]), *key[1:]), default)

    def __setitem__(self, key: Key, compiled: Any) -> None:  # noqa: ANN401 - SQLAlchemy's own
        super().__setitem__((type(key[0]), *key[1:]), compiled)


def share_compiled_statements() -> None:
    """From now on, in this process."""
    compiled = CompiledStatements()

    def share(connection: sa.Connection) -> None:
        connection.execution_options(compiled_cache=compiled)

    sa.event.listen(sa.Engine, "engine_connect", share)

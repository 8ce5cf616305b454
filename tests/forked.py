"""Commands in processes of their own that can be killed at any instant, without paying for Python's start each time.

`python -m tests.forked` imports everything once and then forks a child for each line on its stdin, a JSON object:
`arguments`, `environment` (all EBSYNC_ variables of the child), `folder` to work in, and `kill`: null, or
`{"after_seconds": x}` (by this process), or `{"at": n}` (the child kills itself at the n-th instrumented instant).
Instants are: a statement about to be executed, COMMIT about to be sent and just returned, a file opened for writing,
synced, renamed or removed, an HTTP request or a line to a mail server about to be sent and just answered. One line of
JSON answers: `code` or `signal`, `out`, `err`, `instants` passed, `phase` of the last one, `seconds`. `Forked` is the
other end.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import json
import mmap
import os
import pkgutil
import select
import signal
import smtplib
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any, Self

import requests.adapters
import sqlalchemy as sa
from sqlalchemy.engine.default import DefaultDialect

ROOT = Path(__file__).parents[1]
LIMIT_SECONDS = 120.0
"""How long a command may take before it counts as hanging."""


class Phase(IntEnum):
    """Where a command stood with its writing transaction."""

    BEFORE = 0
    INSIDE = 1
    COMMITTING = 2
    """COMMIT was sent; whether it took effect is the database's to say."""
    AFTER = 3


@dataclass(frozen=True)
class Kill:
    """When to kill: exactly one of the two."""

    after_seconds: float | None = None
    at: int | None = None


@dataclass(frozen=True)
class Ran:
    """What came of a command."""

    code: int | None
    """None: killed."""
    signal: int | None
    out: str
    err: str
    instants: int
    phase: Phase
    seconds: float

    @property
    def killed(self) -> bool:
        """Whether it was killed before it ended."""
        return self.signal == signal.SIGKILL

    def json(self) -> Any:  # noqa: ANN401 - JSON
        """The document on stdout."""
        return json.loads(self.out)


class Forked:
    """The process that forks, for the time of a `with` block."""

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        """Every command gets this environment beside its own, and works in `folder`."""
        self._environment, self._folder = dict(environment), folder
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        """Start it and wait until everything is imported."""
        outer = {name: value for name, value in os.environ.items() if not name.startswith("EBSYNC_")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.forked"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=outer | {"PYTHONPATH": str(ROOT)},
        )
        self._receive()
        return self

    def __exit__(self, *_: object) -> None:
        """End it; it ends by itself when its stdin closes."""
        process = self._process
        if process is None:
            return
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def run(self, *arguments: str, kill: Kill | None = None, **environment: str) -> Ran:
        """Run one command line; killed where `kill` says, if it gets that far."""
        return self.run_in(self._folder, *arguments, kill=kill, **environment)

    def run_in(self, folder: Path, *arguments: str, kill: Kill | None = None, **environment: str) -> Ran:
        """The same, in a folder of its own."""
        return _read_ran(self._ask(self._request(arguments, environment, folder, kill)))

    def run_together(self, *people: Sequence[tuple[str, ...]], **environment: str) -> list[list[Ran]]:
        """Several people at once, each with command lines to give one after the other; gives each one's in order."""
        limit = LIMIT_SECONDS * len(people)  # they share the machine
        request = {"limit": limit}
        requests = [
            [self._request(line, environment, self._folder, None) | request for line in lines] for lines in people
        ]
        longest = limit * max(map(len, requests))
        return [list(map(_read_ran, answers)) for answers in self._ask({"together": requests}, longest)["together"]]

    def _request(
        self, arguments: Sequence[str], environment: Mapping[str, str], folder: Path, kill: Kill | None
    ) -> dict[str, Any]:
        return {
            "arguments": arguments,
            "environment": {**self._environment, **environment},
            "folder": str(folder),
            "kill": None if kill is None else {"after_seconds": kill.after_seconds, "at": kill.at},
        }

    def _ask(self, request: Mapping[str, Any], seconds: float = LIMIT_SECONDS) -> dict[str, Any]:
        process = self._process
        if process is None or process.stdin is None:
            raise RuntimeError("not started")
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        return self._receive(seconds)

    def _receive(self, seconds: float = LIMIT_SECONDS) -> dict[str, Any]:
        process = self._process
        if process is None or process.stdout is None:
            raise RuntimeError("not started")
        ready, _, _ = select.select([process.stdout], [], [], seconds + 30)
        line = process.stdout.readline() if ready else ""
        if not line:
            raise RuntimeError("the forking process does not answer")
        answer: dict[str, Any] = json.loads(line)
        return answer


def _read_ran(answer: dict[str, Any]) -> Ran:
    if answer.pop("hung"):
        raise TimeoutError(f"a command did not end within {LIMIT_SECONDS} seconds: {answer['err']}")
    return Ran(**{**answer, "phase": Phase(answer["phase"])})


class Instants:
    """Counts instants in memory that parent and child share; kills the child at the one ordered."""

    def __init__(self, shared: mmap.mmap, kill_at: int | None) -> None:
        self._shared, self._kill_at = shared, kill_at
        self._lock = threading.RLock()
        self._phase = Phase.BEFORE

    def enter(self, phase: Phase) -> None:
        """Note a phase."""
        with self._lock:
            self._phase = phase
            self._shared[8:9] = bytes([phase])

    @property
    def phase(self) -> Phase:
        """The phase now."""
        return self._phase

    def pass_one(self) -> None:
        """One instant."""
        with self._lock:
            (count,) = struct.unpack("Q", self._shared[:8])
            self._shared[:8] = struct.pack("Q", count + 1)
            if count + 1 == self._kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    def around(self, owner: object, name: str) -> None:
        """Make a function or method pass an instant before and after."""
        original: Callable[..., Any] = getattr(owner, name)

        @functools.wraps(original)
        def wrapped(*positional: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever the original takes
            self.pass_one()
            result = original(*positional, **named)
            self.pass_one()
            return result

        setattr(owner, name, wrapped)


def instrument(instants: Instants) -> None:
    """Make this process pass instants; in the child, once."""
    sa.event.listen(sa.Engine, "before_cursor_execute", lambda *_: instants.pass_one())
    sa.event.listen(sa.Engine, "begin", functools.partial(_note_begin, instants))
    DefaultDialect.do_commit = _passing_commit(instants, DefaultDialect.do_commit)  # type: ignore[method-assign]
    for name in ("fsync", "replace", "rename", "unlink"):
        instants.around(os, name)
    instants.around(requests.adapters.HTTPAdapter, "send")
    for name in ("send", "getreply"):
        instants.around(smtplib.SMTP, name)

    def hear(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR):
            instants.pass_one()

    sys.addaudithook(hear)


def _note_begin(instants: Instants, connection: sa.Connection) -> None:
    if connection.get_execution_options().get("ebsync_writes"):
        instants.enter(Phase.INSIDE)


def _passing_commit(instants: Instants, commit: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    def do_commit(dialect: Any, connection: Any) -> None:  # noqa: ANN401 - SQLAlchemy's own
        is_writing = instants.phase is Phase.INSIDE
        instants.pass_one()
        if is_writing:
            instants.enter(Phase.COMMITTING)
        commit(dialect, connection)
        if is_writing:
            instants.enter(Phase.AFTER)
        instants.pass_one()

    return do_commit


def _import_everything() -> None:
    import eb_sync
    import policies

    for package in (eb_sync, policies):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if "migrations" not in module.name:
                importlib.import_module(module.name)
    for name in ("alembic.command", "typst", "psycopg", "sqlalchemy.dialects.postgresql.psycopg", "sqlite3"):
        with contextlib.suppress(ModuleNotFoundError):
            importlib.import_module(name)


def _be_child(request: Mapping[str, Any], shared: mmap.mmap, out: int, err: int) -> None:
    """Run the command; never returns."""
    from eb_sync.cli.main import main

    code = 99
    try:
        silence = os.open(os.devnull, os.O_RDONLY)
        for number, descriptor in ((0, silence), (1, out), (2, err)):
            os.dup2(descriptor, number)
        for name in [name for name in os.environ if name.startswith("EBSYNC_")]:
            del os.environ[name]
        os.environ |= request["environment"]
        tempfile.tempdir = None  # the child's own TMPDIR counts, not what this process found
        os.chdir(request["folder"])
        instrument(Instants(shared, (request["kill"] or {}).get("at")))
        code = main(request["arguments"])
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _await(pid: int, seconds: float) -> int | None:
    """The child's wait status; None if it has not ended by then."""
    descriptor = os.pidfd_open(pid)
    try:
        if not select.select([descriptor], [], [], max(seconds, 0))[0]:
            return None
    finally:
        os.close(descriptor)
    return os.waitpid(pid, 0)[1]


def _answer(request: Mapping[str, Any], protocol: int) -> dict[str, Any]:
    shared = mmap.mmap(-1, mmap.PAGESIZE)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.monotonic()
        pid = os.fork()
        if pid == 0:
            os.close(protocol)
            _be_child(request, shared, out.fileno(), err.fileno())
        after = (request["kill"] or {}).get("after_seconds")
        status = None if after is None else _await(pid, after)
        if status is None and after is not None:
            os.kill(pid, signal.SIGKILL)
        if status is None:
            status = _await(pid, request.get("limit", LIMIT_SECONDS))
        hung = status is None
        if status is None:
            os.kill(pid, signal.SIGKILL)
            status = os.waitpid(pid, 0)[1]
        seconds = time.monotonic() - began
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode(errors="replace"))
    (count,) = struct.unpack("Q", shared[:8])
    return {
        "code": os.WEXITSTATUS(status) if os.WIFEXITED(status) else None,
        "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else None,
        "out": texts[0],
        "err": texts[1],
        "instants": count,
        "phase": shared[8],
        "seconds": seconds,
        "hung": hung,
    }


def _answer_together(people: Sequence[Sequence[Mapping[str, Any]]], protocol: int) -> list[list[dict[str, Any]]]:
    """A process for each of them, which forks their commands."""
    with contextlib.ExitStack() as stack:
        files = [stack.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8")) for _ in people]
        processes = []
        for requests_of_one, file in zip(people, files, strict=True):
            pid = os.fork()
            if pid == 0:
                try:
                    for request in requests_of_one:
                        print(json.dumps(_answer(request, protocol)), file=file, flush=True)
                finally:
                    os._exit(0)
            processes.append(pid)
        for pid in processes:
            os.waitpid(pid, 0)
        for file in files:
            file.seek(0)
        return [[json.loads(line) for line in file] for file in files]


def _requests() -> Iterator[dict[str, Any]]:
    while line := sys.stdin.readline():
        yield json.loads(line)


def serve() -> None:
    """Answer requests until stdin ends."""
    _import_everything()
    if threading.active_count() != 1:
        raise RuntimeError("a process with threads must not fork")
    protocol = os.dup(1)
    with os.fdopen(protocol, "w") as answers:
        os.dup2(2, 1)
        answers.write("{}\n")
        answers.flush()
        for request in _requests():
            several = request.get("together")
            answer = {"together": _answer_together(several, protocol)} if several else _answer(request, protocol)
            answers.write(json.dumps(answer) + "\n")
            answers.flush()


if __name__ == "__main__":
    serve()

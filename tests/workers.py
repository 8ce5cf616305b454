"""Workers in processes of their own, to be killed; what they tell comes line by line."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).parents[1]
PATIENCE_SECONDS = 90.0
PROGRAM = (sys.executable, "-c", "from eb_sync.cli.main import run; run()")


class Workers:
    """Several `ebsync worker`, for the time of a `with` block; whoever is left then is killed."""

    def __init__(self) -> None:
        self._told: queue.Queue[tuple[int, str]] = queue.Queue()
        self.processes: list[subprocess.Popen[str]] = []
        self.lines: list[str] = []
        self._readers: list[threading.Thread] = []

    def start(self, *arguments: str, **environment: str) -> int:
        """Start one more, in the present environment; gives its number."""
        process = subprocess.Popen(
            [*PROGRAM, "worker", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        )
        number = len(self.processes)
        self.processes.append(process)
        reader = threading.Thread(target=self._read, args=(number, process), daemon=True)
        reader.start()
        self._readers.append(reader)
        return number

    def _read(self, number: int, process: subprocess.Popen[str]) -> None:
        if process.stderr is not None:
            with process.stderr:
                for line in process.stderr:
                    self._told.put((number, line.rstrip("\n")))

    def expect(self, text: str) -> int:
        """Wait until one tells this; gives its number."""
        while True:
            try:
                number, line = self._told.get(timeout=PATIENCE_SECONDS)
            except queue.Empty:
                raise AssertionError(f"nobody told {text!r}; told was: {self.lines}") from None
            self.lines.append(f"{number}: {line}")
            if text in line:
                return number

    def kill(self, number: int) -> None:
        """End it as a power cut does."""
        self.processes[number].kill()
        self.processes[number].wait()

    def stop(self, number: int) -> int:
        """Ask it to end; gives its exit code."""
        self.processes[number].terminate()
        return self.processes[number].wait(timeout=PATIENCE_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self.processes:
            process.kill()
            process.wait()
        for reader in self._readers:
            reader.join()

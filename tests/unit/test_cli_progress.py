"""The bar of a sync: for a person at a terminal, never in a log."""

from __future__ import annotations

import io
import sys

import pytest

from eb_sync.cli.sync import showing_progress


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("stream", "shown"), [(_Terminal(), True), (io.StringIO(), False)])
def test_a_bar_is_shown_at_a_terminal_alone(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, shown: bool) -> None:
    monkeypatch.setattr(sys, "stderr", stream)
    with showing_progress("Reading events") as progress:
        progress(1, 4)
        progress(4, 4)
    assert ("4/4" in stream.getvalue()) is shown
    assert ("Reading events" in stream.getvalue()) is shown

"""What a check says, and running checks one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from eb_sync.errors import EbsyncError


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    """ebsync works, and something will be missing or in doubt."""
    FAULT = "fault"
    """Something does not work."""
    SKIPPED = "skipped"
    """Not checked, because what it needs is at fault."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One sentence about one thing."""

    level: Level
    text: str
    mend: str = ""
    """How to mend it; empty where the text says so, and where nothing is wrong."""
    exit_code: int = 0
    """Of a fault; 0 for everything else."""
    check: str = ""
    """Which check it is from; filled in by whoever runs it."""


def ok(text: str) -> CheckResult:
    """All is well."""
    return CheckResult(Level.OK, text)


def warning(text: str, mend: str = "") -> CheckResult:
    """Not as it should be, and ebsync works nevertheless."""
    return CheckResult(Level.WARNING, text, mend)


def fault(error: EbsyncError, mend: str = "") -> CheckResult:
    """Something that an error says."""
    return CheckResult(Level.FAULT, str(error), mend, error.exit_code)


@dataclass(frozen=True, slots=True)
class DoctorCheck:
    """One thing to look at."""

    name: str
    look: Callable[[], Iterable[CheckResult]]
    """An error of ours that it raises is a fault."""
    needs: tuple[str, ...] = ()
    """Checks before it without which it cannot say anything."""


@dataclass(frozen=True, slots=True)
class Checkup:
    """Everything that was found, in order."""

    findings: tuple[CheckResult, ...]

    @property
    def exit_code(self) -> int:
        """That of the first fault; warnings alone are 0, for ebsync works in spite of them."""
        return next((finding.exit_code for finding in self.findings if finding.exit_code), 0)

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "exit_code": self.exit_code,
            "checks": [
                {"check": found.check, "level": found.level, "text": found.text, "mend": found.mend or None}
                for found in self.findings
            ],
        }


def run_checks(checks: Sequence[DoctorCheck]) -> Checkup:
    """Run every check whose needs are met; those that others need come before them."""
    findings: list[CheckResult] = []
    unfit: set[str] = set()
    for check in checks:
        missing = [name for name in check.needs if name in unfit]
        found = [CheckResult(Level.SKIPPED, f"not checked: see {missing[0]}")] if missing else _attempt(check)
        if any(finding.level in {Level.FAULT, Level.SKIPPED} for finding in found):
            unfit.add(check.name)
        findings += (replace(finding, check=check.name) for finding in found)
    return Checkup(tuple(findings))


def _attempt(check: DoctorCheck) -> list[CheckResult]:
    try:
        return list(check.look())
    except EbsyncError as error:
        return [fault(error)]
    except Exception as error:  # noqa: BLE001 - the other checks still have to look; the exit code says 70
        said = f"this check cannot be made ({type(error).__name__})"
        return [CheckResult(Level.FAULT, said, "This is a bug: please report it.", EbsyncError.exit_code)]

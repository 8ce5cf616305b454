"""The entry point: commands are imported when they are used, and errors become messages and exit codes here alone."""

from __future__ import annotations

import difflib
import importlib
import os
import sys
import traceback
from collections.abc import Sequence

import click

from eb_sync.cli.messages_out import LOG
from eb_sync.cli.streams import plain_streams
from eb_sync.cli.typed import guard_typed
from eb_sync.errors import EbsyncError, SettingsError
from eb_sync.model.texts import storable

COMMANDS: dict[str, tuple[str, str]] = {
    "guide": ("guide", "Show the guide for a lead, for finance or for the administrator."),
    "init": ("setup", "Write ebsync.toml: a starter, or by asking at a terminal."),
    "doctor": ("doctor", "Say what is wrong with the installation, and how to mend it."),
    "sync": ("sync", "Read bookings and cancellations from Eventbrite."),
    "workshops": ("workshops", "List the workshops, with counts and state."),
    "workgroup": ("workshops", "Say which days stand behind one booking page."),
    "workshop": ("workshops", "Move, cancel or reinstate a workshop."),
    "check": ("workshops", "Report schools that do not send two teachers."),
    "register": ("register_sheet", "Write a sign-in sheet, or the record after the day."),
    "certificates": ("certificates", "Write certificates for those who attended a work group."),
    "attendance": ("registers", "Mark, import and close the register."),
    "notice": ("notices", "Record that somebody said they would not come."),
    "exempt": ("notices", "Record and rule on exemptions."),
    "review": ("reviews", "List what waits for a person, and answer it."),
    "evening": ("evening", "Walk through a workshop's evening: marks, questions, plan."),
    "facts": ("found", "List what people recorded, and what withdrew it."),
    "retract": ("reviews", "Withdraw a fact that a person recorded."),
    "charges": ("billing", "Show what each place would cost, and why."),
    "explain": ("billing", "Say in words why a place is charged or not."),
    "invoices": ("invoices", "Show what is to invoice and credit, then issue it."),
    "credit": ("invoices", "Credit an invoice or one of its lines."),
    "documents": ("found", "List invoices and credit notes, and what became of each."),
    "export": ("export", "Write charge lists and invoices for finance."),
    "report": ("reports", "Write what a term came to: attendance, no-shows, charges."),
    "schools": ("schools", "List, add and confirm schools."),
    "person": ("people", "Show what is held about a person, and erase it."),
    "messages": ("messages", "Send news to leads and finance, and reminders, by e-mail."),
    "nightly": ("nightly", "Run what cron runs at night."),
    "worker": ("queue", "Run hubs from the queue, on one of several machines."),
    "queue": ("queue", "Put runs of hubs into the queue, and show what is in it."),
    "status": ("status", "Show the last runs and how fresh the bookings are."),
    "hubs": ("hubs", "List the hubs of the database, and name them."),
    "verify": ("database", "Prove that everything in the database holds."),
    "backup": ("backups", "Copy the database into one file, while it is in use."),
    "restore": ("backups", "Put a backup into an empty database."),
    "db": ("database", "Move a hub between SQLite and PostgreSQL."),
    "demo": ("demo", "Play the whole story on the built-in sandbox."),
    "sandbox": ("demo", "Run the local Eventbrite alone."),
    "completion": ("completion", "Print what lets a shell complete commands by Tab."),
    "policy": ("policy", "Show the charging policy, check another, or see what it would have charged."),
}
"""For each command the module it is in, and what it does in a line: enough for --help, without importing any."""

GROUPS: dict[str, tuple[str, ...]] = {
    "The day": ("workshops", "workgroup", "workshop", "check", "register", "attendance", "certificates"),
    "The evening": ("evening", "notice", "exempt", "review", "facts", "retract", "charges", "explain", "messages"),
    "Finance": ("invoices", "credit", "documents", "statement", "export", "report", "schools", "policy"),
}
"""Who looks for which command when; all others are the administrator's."""

_ADMINISTRATION = "Administration"


def group_commands() -> dict[str, list[str]]:
    """Every command once, under its group's title."""
    grouped = {title: [name for name in names if name in COMMANDS] for title, names in GROUPS.items()}
    placed = {name for names in grouped.values() for name in names}
    return {**grouped, _ADMINISTRATION: [name for name in COMMANDS if name not in placed]}


_INTERRUPTED = 130
"""As shells have it for SIGINT."""


_RUNS_HERE = os.name == "posix"
_NOT_ON_WINDOWS = (
    "ebsync does not run on Windows itself. It runs on Linux and macOS, where the hub's database lies: from a Windows "
    "laptop log in there, for example with: ssh HUB-MACHINE (in PowerShell or Terminal), or run ebsync in WSL."
)


class LazyGroup(click.Group):
    """A group whose commands are imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the library's signature
        """All commands, in the order of a lead's day."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported; None if there is none of this name."""
        if cmd_name not in COMMANDS:
            return None
        if ctx.resilient_parsing:
            return click.Command(cmd_name, help=COMMANDS[cmd_name][1])
        module = importlib.import_module(f"eb_sync.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return guard_typed(command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant; where there is none, those are named whose names are near."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            near = difflib.get_close_matches(args[0].lower(), COMMANDS, n=3)
            meant = f"did you mean {' or '.join(near)}?" if near else "`ebsync --help` lists them."
            wrong = click.UsageError(f"No such command {storable(args[0][:40])!r}: {meant}", ctx)
        raise wrong

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """The commands by whoever needs them, from the tables above."""
        for title, names in group_commands().items():
            with formatter.section(title):
                formatter.write_dl([(name, COMMANDS[name][1]) for name in names])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80})
@click.version_option(package_name="ebsync", prog_name="ebsync")
@click.option("--hub", metavar="NAME", help="Which hub, where several are configured; else EBSYNC_HUB.")
def app(hub: str | None) -> None:
    """Bookings from Eventbrite, the no-show rule applied, invoices and registers.

    Settings come from ebsync.toml and from EBSYNC_... variables.

    Try it without an account: ebsync demo. How to use it: ebsync guide
    """
    del hub  # read from the context when a command opens its hub


guard_typed(app)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and give its exit code (DESIGN section 6)."""
    LOG.reset()
    if not _RUNS_HERE:
        LOG.write(_NOT_ON_WINDOWS, "error")
        return SettingsError.exit_code
    with plain_streams():
        return _run(arguments)


def _run(arguments: Sequence[str] | None) -> int:
    try:
        result = app.main(args=arguments, prog_name="ebsync", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort as error:
        return _say_stopped(error)
    except EbsyncError as error:
        LOG.write(f"ebsync: {error}", "error")
        return error.exit_code
    except BrokenPipeError:
        return 0  # whoever read our output has seen enough
    except Exception as error:  # noqa: BLE001 - the one place that may: a bug must not show a teacher's name or a token
        return _say_bug(error)
    return result if isinstance(result, int) else 0


def _say_stopped(error: click.Abort) -> int:
    LOG.write("Stopped; nothing more was done.", "warning")
    # a question left unanswered is a plan not confirmed; a command broken off has not done what it was asked
    return _INTERRUPTED if isinstance(error.__cause__, KeyboardInterrupt) else 3


def _say_bug(error: Exception) -> int:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{os.path.basename(frame.filename)}:{frame.lineno}"  # noqa: PTH119 - a name for a message
    LOG.write(f"ebsync: this is a bug ({type(error).__name__} at {where}). Please report it.", "error")
    return 70


def run() -> None:
    """The `ebsync` command."""
    sys.exit(main())

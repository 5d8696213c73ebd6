"""The `smartgate` command: finds the file of each command and loads it only when it is called."""

from __future__ import annotations

import importlib
from typing import Any

import click
import typer
from typer.core import TyperGroup

from contract.errors import SmartGateError

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("cli.demo", "The whole system on this machine, with simulated gates."),
    "edge": ("cli.edge", "Run a node beside its cameras."),
    "central": ("cli.central", "Run the aggregator of a province."),
    "read": ("cli.read", "Plates in pictures: text, confidence, box, country, kind."),
    "watch": ("cli.watch", "Passages in a video or stream."),
}
"""Command to the module that holds it, and its line in the help."""


class _LazyGroup(TyperGroup):
    """Loads a command's module only when it is called, so that a Pi never loads central."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(COMMANDS[cmd_name][0])
        if hasattr(module, "app"):
            command: click.Command = typer.main.get_command(module.app)
        else:
            single = typer.Typer(add_completion=False)
            single.command()(module.command)
            command = typer.main.get_command(single)
        command.name = cmd_name
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's signature
        try:
            return super().invoke(ctx)
        except SmartGateError as error:
            raise click.ClickException(str(error)) from error


app = typer.Typer(cls=_LazyGroup, add_completion=False, no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def smartgate() -> None:
    """Freight gates: reads plates, logs passages, reconciles declarations, watches its cameras."""

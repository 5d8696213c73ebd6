"""The `smartgate` command: finds the file of each command and loads only the one that is called."""

from __future__ import annotations

import importlib
import sys

import typer

from contract.errors import SmartGateError

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("cli.demo", "The whole system on this machine, with simulated gates."),
    "edge": ("cli.edge", "Run a node beside its cameras."),
    "doctor": ("cli.doctor", "Is this machine fit for a node; does it reach cameras and broker."),
    "central": ("cli.central", "Run the aggregator of a province."),
    "platform": ("cli.platform", "Declarations: what would be read of an exported file."),
    "read": ("cli.read", "Plates in pictures: text, confidence, box, country, kind."),
    "watch": ("cli.watch", "Passages in a video or stream."),
    "diagnose": ("cli.diagnose", "Health of a camera from its picture, in a video or stream."),
    "geometry": ("cli.geometry", "What a camera at a place would see of a plate."),
    "faultlab": ("cli.faultlab", "How well faults of cameras are found, on pictures whose faults are known."),
    "simulate": ("cli.simulate", "Made-up days through central, and whether its bulletin is right."),
    "bench": ("cli.bench", "Measurements, printed as tables."),
}
"""Command to the module that holds it, and its line in the help."""


def build(called: str | None) -> typer.Typer:
    """The command line with the called command loaded and the others only named: a Pi never loads central."""
    app = typer.Typer(
        add_completion=False,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        help="Freight gates: reads plates, logs passages, reconciles declarations, watches its cameras.",
    )
    for name, (module_name, about) in COMMANDS.items():
        if name != called:
            app.command(name, help=about)(_not_loaded)
            continue
        module = importlib.import_module(module_name)
        if hasattr(module, "app"):
            app.add_typer(module.app, name=name, help=about)
        else:
            app.command(name)(module.command)
    return app


def _not_loaded() -> None:
    """Stand in the list of commands; the one that is called is always loaded."""


def main() -> None:
    """Entry point of `smartgate`."""
    called = next((word for word in sys.argv[1:] if not word.startswith("-")), None)
    try:
        build(called)()
    except SmartGateError as error:
        typer.echo(f"smartgate: {error}", err=True)
        sys.exit(1)

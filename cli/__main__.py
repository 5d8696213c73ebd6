"""`python -m cli` is the `smartgate` command."""

from cli.main import main

main()

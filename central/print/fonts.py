"""Fonts of papers: whole TrueType files made from the parts that the npm packages come in.

A PDF must carry its fonts, and its maker takes no web fonts in parts. Vietnamese and Latin letters are Be Vietnam
Pro's, Chinese signs Noto Sans SC's; the licence of both (OFL) lies beside the fonts of the pages.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fontTools.merge import Merger, Options

from contract.errors import ConfigError

FOLDER: Final = Path(__file__).parents[1] / "console" / "static" / "vendor" / "print"
"""Filled by `make assets`."""
PLAIN, BOLD, CHINESE = "be-vietnam-pro-400.ttf", "be-vietnam-pro-700.ttf", "noto-sans-sc-400.ttf"
_LATIN_PARTS: Final = ("latin", "latin-ext", "vietnamese")
_LAYOUT: Final = (
    "GSUB",
    "GPOS",
    "GDEF",
    "BASE",
    "STAT",
    "DSIG",
    "vhea",
    "vmtx",
    "VORG",
    "gasp",
    "fpgm",
    "prep",
    "cvt ",
)
"""Tables that parts of one font contradict each other in, and that papers do without: each sign has its own code."""


def make_fonts(node_modules: Path, folder: Path = FOLDER) -> None:
    """Put the parts together; takes some ten seconds.

    Raises:
        ConfigError: a package is not in `node_modules`.

    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in (PLAIN, BOLD):
        family, weight = name.removesuffix(".ttf").rsplit("-", 1)
        _merge(node_modules, family, [f"{part}-{weight}" for part in _LATIN_PARTS], folder / name)
    files = (node_modules / "@fontsource" / "noto-sans-sc" / "files").glob("noto-sans-sc-[0-9]*-400-normal.woff")
    parts = sorted((path.name.removeprefix("noto-sans-sc-").split("-")[0] for path in files), key=int)
    _merge(node_modules, "noto-sans-sc", [f"{part}-400" for part in parts], folder / CHINESE)


def font(name: str) -> Path:
    """The file of a font.

    Raises:
        ConfigError: the fonts were not made.

    """
    path = FOLDER / name
    if not path.is_file():
        raise ConfigError(f"expected the font {path} for papers; run `make assets`, which makes it")
    return path


def _merge(node_modules: Path, family: str, parts: list[str], target: Path) -> None:
    files = [node_modules / "@fontsource" / family / "files" / f"{family}-{part}-normal.woff" for part in parts]
    lacking = next((path for path in files if not path.is_file()), None)
    if lacking is not None or not files:
        raise ConfigError(f"expected the file {lacking or family}; run `make assets`, which installs the npm packages")
    merged = Merger(options=Options(drop_tables=list(_LAYOUT))).merge([str(path) for path in files])
    merged.flavor = None
    merged.save(target)

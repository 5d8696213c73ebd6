"""Copies what the pages need from `node_modules` to `static/vendor`: `python -m central.console.assets`.

Central serves it all itself, since gates have no internet.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from typing import Final

from central.print.fonts import make_fonts
from contract.errors import ConfigError

VENDOR: Final = Path(__file__).parent / "static" / "vendor"
NODE_MODULES: Final = Path(__file__).parents[2] / "node_modules"
_FILES: Final = {
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "sse.min.js": "htmx-ext-sse/dist/sse.min.js",
    "swagger-ui.css": "swagger-ui-dist/swagger-ui.css",
    "swagger-ui-bundle.js": "swagger-ui-dist/swagger-ui-bundle.js",
    "swagger-ui-bundle.js.LICENSE.txt": "swagger-ui-dist/swagger-ui-bundle.js.LICENSE.txt",
    "LICENSE-htmx.txt": "htmx.org/LICENSE",
    "LICENSE-htmx-ext-sse.txt": "htmx-ext-sse/LICENSE",
    "LICENSE-swagger-ui.txt": "swagger-ui-dist/LICENSE",
}
_FONTS: Final = {
    "be-vietnam-pro": ("400", "600", "700"),
    "barlow-condensed": ("600",),
    "noto-sans-sc": ("400", "600"),
}
_URL = re.compile(r"url\(\./files/([\w.\-]+\.woff2)\)")
_OLD_FORMAT = re.compile(r",\s*url\([^)]*\.woff\) format\('woff'\)")


def copy_assets(node_modules: Path, vendor: Path) -> int:
    """Fill `vendor`; how many files it holds then.

    Raises:
        ConfigError: a package is not in `node_modules`.

    """
    if vendor.exists():
        shutil.rmtree(vendor)
    (vendor / "fonts").mkdir(parents=True)
    for name, source in _FILES.items():
        _copy(node_modules / source, vendor / name)
    sheets = []
    for family, weights in _FONTS.items():
        package = node_modules / "@fontsource" / family
        _copy(package / "LICENSE", vendor / "fonts" / f"LICENSE-{family}.txt")
        sheets += [_copy_font(package, weight, vendor / "fonts") for weight in weights]
    make_fonts(node_modules, vendor / "print")
    (vendor / "fonts.css").write_text("\n".join(sheets), encoding="utf-8")
    return sum(1 for path in vendor.rglob("*") if path.is_file())


def _copy(source: Path, target: Path) -> None:
    if not source.is_file():
        raise ConfigError(f"expected the file {source}; run `make assets`, which installs the npm packages first")
    shutil.copyfile(source, target)


def _copy_font(package: Path, weight: str, folder: Path) -> str:
    sheet = package / f"{weight}.css"
    if not sheet.is_file():
        raise ConfigError(f"expected the file {sheet}; run `make assets`, which installs the npm packages first")
    text = _OLD_FORMAT.sub("", sheet.read_text("utf-8"))
    for name in _URL.findall(text):
        _copy(package / "files" / name, folder / name)
    return _URL.sub(r"url(fonts/\1)", text)


def main() -> int:
    """Copy, and say how much."""
    try:
        count = copy_assets(NODE_MODULES, VENDOR)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{count} files in {VENDOR}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

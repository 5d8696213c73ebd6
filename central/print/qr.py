"""QR codes as rows of dark and light squares."""

from __future__ import annotations

import segno


def qr_rows(content: str) -> tuple[tuple[bool, ...], ...]:
    """The squares of a code with its quiet margin; a quarter of it may be dirty (error correction Q)."""
    return tuple(
        tuple(bool(square) for square in row) for row in segno.make_qr(content, error="q").matrix_iter(border=4)
    )

"""Everything about plates, under one name: kinds, grammar, regions, typed forms, made-up plates."""

from __future__ import annotations

from contract.made_up import random_plate
from contract.plate_grammar import Plate, format_plate, normalise, parse, plausible_colours
from contract.plate_kinds import (
    ALPHABET,
    CN_AIRPORT_MARK,
    CN_ARMED_POLICE_MARK,
    CN_LETTERS,
    CN_NEV_LETTERS,
    CN_OFFICIAL_LETTER,
    CN_PROVINCES,
    CN_SUFFIXES,
    CN_TRAILER_MARK,
    CN_UNREAD_PROVINCE,
    VN_BLUE_LETTERS,
    VN_CODES,
    VN_LETTERS,
    PlateColour,
    PlateCountry,
    PlateKind,
)
from contract.plate_typed import latin_form, parse_typed, typed_forms, typed_key
from contract.regions import Language, region_name

__all__ = [
    "ALPHABET",
    "CN_AIRPORT_MARK",
    "CN_ARMED_POLICE_MARK",
    "CN_LETTERS",
    "CN_NEV_LETTERS",
    "CN_OFFICIAL_LETTER",
    "CN_PROVINCES",
    "CN_SUFFIXES",
    "CN_TRAILER_MARK",
    "CN_UNREAD_PROVINCE",
    "VN_BLUE_LETTERS",
    "VN_CODES",
    "VN_LETTERS",
    "Language",
    "Plate",
    "PlateColour",
    "PlateCountry",
    "PlateKind",
    "format_plate",
    "latin_form",
    "normalise",
    "parse",
    "parse_typed",
    "plausible_colours",
    "random_plate",
    "region_name",
    "typed_forms",
    "typed_key",
]

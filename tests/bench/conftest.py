"""Databases, as the tests of central have them."""

from tests.central.databases import database, empty_database, on_server, server, store, url

__all__ = ["database", "empty_database", "on_server", "server", "store", "url"]

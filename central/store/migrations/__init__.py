"""How the schema came to be, one file a change; never edited after a release."""

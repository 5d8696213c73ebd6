"""Cross-checks: what only central can notice, because it hears of all lanes and of the platform."""

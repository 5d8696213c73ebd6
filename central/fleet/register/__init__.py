"""The register of devices: what is at the gates, and who owns, manages, uses and maintains it."""

"""The node: joins cameras, plate reading, health, barrier, outbox and link."""

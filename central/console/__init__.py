"""The pages: HTML that works without scripts, kept current by server-sent events."""

"""The booth page: what a node shows and lets people do on its own LAN, also while central is away."""

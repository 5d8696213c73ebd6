"""What an installer is told of a configuration and of a machine: findings, each with what to do."""

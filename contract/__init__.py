"""What edge and central agree on: the plate grammar, the messages, the topics."""

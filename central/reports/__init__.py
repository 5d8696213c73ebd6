"""The daily bulletin and its periods, findings, shift handover: numbers with what they count, and how they are told."""

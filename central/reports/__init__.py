"""What central tells those who answer for the gates: the bulletin's numbers, and where each of them comes from."""

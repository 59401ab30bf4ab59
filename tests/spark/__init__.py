"""A folder with fixtures of its own: what they start ends with its last test."""

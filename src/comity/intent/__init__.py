"""What was promised: the ledger with its verdicts, and the claims and promises in a text."""

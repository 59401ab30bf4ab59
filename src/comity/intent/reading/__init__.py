"""Reading a text for claims and promises, and setting each against lake and ledger."""

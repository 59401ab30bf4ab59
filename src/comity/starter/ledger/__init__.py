"""The ledger that comes with comity: four CSV files, and the command that built them.

``python -m comity.starter.ledger FOLDER`` builds them again from the facts in a folder; the same
facts give the same bytes. `corrections.yaml` says what the row-by-row check changed, and why.
"""

"""Reading a text for claims and promises, and setting each against lake and ledger.

`read_file` turns a file into a `Document`, `check` reads it; a `Reading` is printed by the command
line and by `comity.intent.reading.page`.
"""

from comity.intent.reading.document import Document, read_bytes, read_file
from comity.intent.reading.reading import Checked, Reading, as_csv, as_dict, check
from comity.intent.reading.verdicts import Verdict

__all__ = [
    "Checked",
    "Document",
    "Reading",
    "Verdict",
    "as_csv",
    "as_dict",
    "check",
    "read_bytes",
    "read_file",
]

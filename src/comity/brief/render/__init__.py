"""A brief for readers: terminal, HTML, XLSX, JSON, CSV; each module writes one of them."""

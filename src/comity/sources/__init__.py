"""One small file a publisher: its files in, tables of the lake's schema out. No network here."""

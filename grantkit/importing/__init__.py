"""Ledgers in: source files, profiles, the import itself; files of measures."""

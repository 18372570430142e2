"""Ledgers in: source files, profiles, the import itself, and the evidence that is kept."""

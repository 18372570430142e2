"""Evidence: queries, and the way from a figure to its lines and from a line to its cell."""

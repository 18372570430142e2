"""A person's decisions: about lines (stream, eligibility, date) and about budgets (virements)."""

"""grantkit: accounting for a grant, from an invoice's cell to the claim form and back."""

__version__ = "0.1.0"

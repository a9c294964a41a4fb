"""Understands a query, finds the nearest passages by meaning and by words, and says why. Sees only ports."""

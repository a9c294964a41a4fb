"""Keeps cases, versions, passages, vectors and history. The only package that speaks SQL."""

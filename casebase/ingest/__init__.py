"""Turns files and documents into cases, and cases into passages."""

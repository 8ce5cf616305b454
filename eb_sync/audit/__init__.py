"""Proving that a whole hub holds: numbers, times, documents, sums, decisions and what points at what."""

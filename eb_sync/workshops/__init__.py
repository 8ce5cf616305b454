"""Workshops: which there are, who has a place at them, and what the rules say about each place."""

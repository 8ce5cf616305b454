"""Questions that only a person can answer, and withdrawing what a person said."""

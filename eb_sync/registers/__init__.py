"""The attendance register of a workshop: marked, walked in to, imported, closed, and written out."""

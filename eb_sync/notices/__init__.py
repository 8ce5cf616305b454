"""Notice that reached a person, and exemptions from the charge."""

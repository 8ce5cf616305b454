"""Reports: what a term came to, for those who answer for the hub."""

"""Schools and other payers: entered by hand, confirmed by hand."""

"""What the parts of the house hand to each other: frozen dataclasses, no I/O."""

"""What the layers hand to each other: frozen dataclasses, no I/O."""

"""One file per schema that was ever released, oldest first."""

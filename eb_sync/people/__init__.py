"""What is held about a person: shown on request, and erased."""

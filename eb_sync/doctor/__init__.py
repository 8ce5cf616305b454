"""Whether the installation is fit to run by itself: what is wrong, and how to fix it."""

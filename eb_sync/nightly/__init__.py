"""What runs unattended: every step even if another failed, and never an invoice."""

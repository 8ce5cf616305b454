"""Billing: the plan (pure), issuing it, crediting by hand, and the charge lists for finance."""

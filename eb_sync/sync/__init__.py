"""Sync: fetch from Eventbrite, plan what is new (pure), apply it in one transaction."""

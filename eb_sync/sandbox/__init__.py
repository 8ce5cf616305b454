"""A local Eventbrite that speaks API v3 over HTTP, for `ebsync demo`, `ebsync sandbox`, tests and benchmarks.

The world is in memory and has a clock of its own, which moves only when told. Import from the modules, not from here,
where start-up time matters: the server brings Flask with it.
"""

"""Runs of several hubs: side by side in a pool, or as jobs in PostgreSQL for workers on several machines.

The queue's modules need the extra `queue`; the pool does not.
"""

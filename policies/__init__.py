"""The pure core: facts in, decisions out. Reads no clock, no disk (except its own documents) and no network."""

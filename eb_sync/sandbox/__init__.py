"""A local Eventbrite that speaks API v3 over HTTP, for `ebsync demo`, `ebsync sandbox`, tests and benchmarks.

The world (`eb_sync.sandbox.world`) is in memory and has a clock of its own, which moves only when told; verbs change
it, the app (`app`, `server`) shows it, `/_control` lets another process drive it, `story` fills it with a year's tale.
"""

from __future__ import annotations


def serve(port: int) -> None:
    """Serve the main story, told to its end, on 127.0.0.1 until interrupted; says on stdout where, with which token.

    A port of 0 takes any free one.
    """
    # Flask and the story are for those who serve, not for whoever imports a part of the sandbox.
    from eb_sync.sandbox.server import serve_world  # noqa: PLC0415
    from eb_sync.sandbox.story import STORY, Teller, create_world  # noqa: PLC0415

    world = create_world()
    Teller(world).play(STORY)
    serve_world(port, world)

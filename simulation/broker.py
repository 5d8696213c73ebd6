"""The embedded MQTT broker of the demo and the system tests, on this machine's loopback only.

A real installation runs mosquitto. This broker forgets its queues when it stops, which is what the
system tests want: what must not be lost is carried by the outbox and central's `committed` messages.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import signal

from amqtt.broker import Broker


def broker_settings(port: int) -> dict[str, object]:
    """Settings of a broker that listens on 127.0.0.1:`port`."""
    return {
        "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}", "max_connections": 100}},
        "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
    }


async def serve(port: int) -> None:
    """Run the broker until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    broker = Broker(broker_settings(port))
    await broker.start()
    print(f"broker ready on 127.0.0.1:{port}", flush=True)
    await stop.wait()
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(broker.shutdown(), timeout=3)


def main() -> None:
    """Entry point of `python -m simulation.broker --port PORT`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(serve(parser.parse_args().port))


if __name__ == "__main__":
    main()

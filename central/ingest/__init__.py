"""Messages of the nodes: taken in, kept, acknowledged, asked for again. The only room that knows MQTT."""

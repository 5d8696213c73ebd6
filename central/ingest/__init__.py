"""Messages of the nodes: taken in, kept, acknowledged, asked for again. The only place here that knows MQTT."""

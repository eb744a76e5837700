"""What runs the engine: wiring, the daemon with its schedule and health, logs without secrets."""

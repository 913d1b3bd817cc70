"""The commands, a family each: they defer, ask the service in the worker, and render."""

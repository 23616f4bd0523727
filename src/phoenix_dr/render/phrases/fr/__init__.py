"""French phrases, one module per area, each with a `PHRASES` dictionary."""

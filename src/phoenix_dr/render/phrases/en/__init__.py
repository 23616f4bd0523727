"""English phrases, one module per area, each with a `PHRASES` dictionary."""

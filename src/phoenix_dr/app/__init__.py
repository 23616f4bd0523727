"""Use cases: one function per thing a user wants done; surfaces call these."""

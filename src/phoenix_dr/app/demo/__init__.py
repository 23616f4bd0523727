"""A small estate of its own, to see the whole job at work in under a minute."""

"""One module per question; each has `run(place, size) -> Outcome`."""

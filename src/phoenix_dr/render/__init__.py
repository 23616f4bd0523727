"""Core values as text for people: pure functions, sentences from `phrases`, no clock, no I/O."""

"""Benchmarks of Phoenix against bare engines and plain loops; see README.md."""

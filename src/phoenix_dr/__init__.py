"""Phoenix: backup and disaster recovery, proven by real restores."""

__version__ = "0.1.0"

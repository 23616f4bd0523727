"""The command line: click, one file per command group, loaded only when asked."""

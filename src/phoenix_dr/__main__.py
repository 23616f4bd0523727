"""`python -m phoenix_dr` is the `phoenix` command."""

from phoenix_dr.surfaces.cli.main import main

main()

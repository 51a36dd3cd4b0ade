"""`python -m stepstone.cli`: the command line where its script is not installed."""

from stepstone.cli import main

main()

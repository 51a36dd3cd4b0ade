"""`python -m stepstone.cli`: the command line where its script is not installed."""

from stepstone.cli.verbs import main

main()

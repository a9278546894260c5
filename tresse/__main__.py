"""`python -m tresse`: the command line without the installed script."""

from tresse.config.cli import main

main()

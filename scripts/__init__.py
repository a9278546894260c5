"""Tools of the build and of developers; not part of the installed package."""

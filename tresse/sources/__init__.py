"""What is read from connections: sources, their versions and runs, and the catalogue."""

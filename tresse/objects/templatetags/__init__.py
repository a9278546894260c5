"""Template filters for the cells of property kinds."""

"""Pages of the data model: list, graph, one object type, and the forms that change them."""

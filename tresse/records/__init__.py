"""Records: their values, links, history, events, activities and pages."""

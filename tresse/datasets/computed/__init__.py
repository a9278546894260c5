"""Computed columns: formulas, aggregates and scores, worked out over golden records (D120).

They are worked out for all datasets of a build together, once their golden records are there, in
the order of one graph by column (`graph`); `working` runs it, `world` is what it runs over.
"""

"""Reading a source: from its connection to a published version (S70 to S117).

Raw rows are staged aside as Parquet, steps of Core on the engine make them a version, and one row
of the operational database publishes it.
"""

"""The filter language and its one compiler."""

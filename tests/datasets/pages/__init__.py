"""Pages of datasets, by HTTP and in Chromium."""

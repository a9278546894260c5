"""Pages of records: written once, driven by definitions; no property is named in them."""

// What only pages of datasets load.

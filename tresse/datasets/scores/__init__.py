"""The score library (SC1 to SC73): computed columns that know the customer.

`base` says what a member states, `inputs` what it is worked out of, `evaluate` works all scores of
a dataset out together, `registry` holds the members.
"""

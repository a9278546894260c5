"""Models of when people buy again and for how much, on numpy and scipy alone (SC60 to SC66).

`bgnbd` says how many orders are to come, `gammagamma` of what value, `fitting` finds the likeliest
parameters of either, `checking` holds a fit against what came. Nothing here knows of datasets.
"""

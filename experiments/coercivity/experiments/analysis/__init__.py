"""What a dataset says: which uncertainties decide, where policies fail, what is robust.

answers                 outcomes of every run, read by DuckDB
sensitivity, discovery  Sobol, Morris and given-data indices; PRIM boxes
policies                robustness, regret, paired differences
pictures, sheet         figures and the page
"""

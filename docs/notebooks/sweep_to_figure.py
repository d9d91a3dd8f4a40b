# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
# ---

# %% [markdown]
# # From a sweep to a figure for a paper
#
# Does a finding hold when demand answers prices more, or less? Two policies, three elasticities, two
# seeds: a dataset of twelve runs of half a year, so small that this page can be made with the site.

# %%
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt

import coercivity.api as cv

place = Path(tempfile.mkdtemp())
data = cv.sweep(
    ["scenario=policies_frozen,restrictions_2025", "market.elasticity=0.7,1.0,1.3", "seed=range(0,2)"],
    {"clock.end": "2025-07"},
    out=place / "sweep",
)
data.design.head()

# %% [markdown]
# `summary` has a row a run and indicator. Joined with the design it is what a plot wants.

# %%
wanted = data.summary.query("indicator == 'price of Dy oxide, mean' and jurisdiction == 'OUTSIDE'")
table = wanted.merge(data.design, on="run")
table.groupby(["policy", "market.elasticity"])["value"].mean().unstack(0).round(1)

# %% [markdown]
# A single column of a journal is 88 mm wide. SVG and PDF keep text as text.

# %%
figure, axes = plt.subplots(figsize=(88 / 25.4, 60 / 25.4), layout="constrained")
for policy, part in table.groupby("policy"):
    by = part.groupby("market.elasticity")["value"]
    axes.plot(by.mean().index, by.mean(), marker="o", label=policy.replace("_", " "))
    axes.fill_between(by.mean().index, by.min(), by.max(), alpha=0.2)
axes.set_xlabel("elasticity of demand, times the base case", fontsize=7)
axes.set_ylabel("Dy oxide outside China (USD/kg)", fontsize=7)
axes.tick_params(labelsize=7)
axes.legend(frameon=False, fontsize=7)
figure.savefig(place / "figure.pdf")
figure

# %% [markdown]
# `cv.analyse(data)` finds which uncertainties decide and where policies fail, once there are enough runs:
# [experiments at any scale](../experiments.md). From the command line the same dataset is made by
# `coercivity sweep`, which can be stopped and continued, and run on a cluster.

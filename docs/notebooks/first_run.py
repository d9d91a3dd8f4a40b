# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
# ---

# %% [markdown]
# # A first run from Python
#
# `coercivity.api` does what the commands do, and returns tables. Open this file in Jupyter with
# [jupytext](https://jupytext.readthedocs.io), or run it cell by cell in an editor.

# %%
import coercivity.api as cv

cv.list_scenarios()[["name", "title"]].head(6)

# %% [markdown]
# A year of policies as they stand, by quarter. Settings are those of the command line.

# %%
frozen = cv.run("policies_frozen", {"clock.end": "2026-01"}, seed=7)
frozen.prices.query("material == 'oxide:Dy' and jurisdiction in ['CN', 'JP']").round(1)

# %% [markdown]
# Tables are tidy, and say their units.

# %%
frozen.prices.attrs["units"]

# %% [markdown]
# The same future under the licences of April 2025. What was dysprosium oxide in Japan, over that without?

# %%
licences = cv.run("restrictions_2025", {"clock.end": "2026-01"}, seed=7)


def price_in_japan(run: cv.RunResult):
    """Price by quarter, USD/kg."""
    rows = run.prices.query("jurisdiction == 'JP' and material == 'oxide:Dy'")
    return rows.set_index("date")["price"]


(price_in_japan(licences) / price_in_japan(frozen)).round(2).to_frame("licences over frozen")

# %% [markdown]
# Figures of the report draw themselves; `cv.compare` makes the whole report, over many futures.

# %%
licences.plot("shortage")

# %% [markdown]
# A world can be stepped by hand: it is a [Mesa model](../how-to/use-with-mesa.md).

# %%
world = cv.build("policies_frozen", {"clock.end": "2025-07"}, seed=7)
world.step()
len(world.states), len(world.firms), world.date

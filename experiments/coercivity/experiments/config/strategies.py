"""What roles of a state, and parameters of the strategies that come with the model, may be set to."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import pydantic
from pydantic import BaseModel, ConfigDict, Field

from coercivity.experiments.base.errors import UserError, unknown
from coercivity.experiments.config.explain import explain
from coercivity.model.role import roles

Share = Annotated[float, Field(ge=0, le=1)]


class StrategyParameters(BaseModel):
    """Ranges in which strategies can work; for every look ahead the model is run on."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False, extra="ignore")

    risk_response: float = Field(0.5, ge=0, le=100, description="strength added per unit of perceived risk")
    most: float = Field(2.0, ge=1, le=100, description="upper bound of the strength of defences")
    horizon: float = Field(4.0, ge=1, le=50, description="how far ahead it looks, years")
    tail: float = Field(6.0, ge=0, le=100, description="years that the last one looked at stands for")
    every: float = Field(1.0, gt=0, le=50, description="from one choice to the next, years")
    discount: float = Field(0.05, ge=0, le=1, description="of what comes a year later")
    inertia: Share = Field(0.05, description="of what is at stake, below which it changes nothing")
    others: Share = Field(0.0, description="1 if the others follow their rule, 0 if they go on as they do")
    looks: float = Field(1.0, ge=1, le=100, description="futures imagined")
    averse: Share = Field(0.0, description="weight of the worst of them")
    finer: float = Field(0.0, ge=0, le=20, description="rounds in which the strength is searched")


def check_conduct(values: Mapping[str, Any], choices: Mapping[str, str], overrides: Sequence[str]) -> None:
    """Refuse parameters of a strategy, or numbers of a role, that mean nothing."""
    for place, schema, given in _conduct(values):
        try:
            schema.model_validate(dict(given))
        except pydantic.ValidationError as error:
            raise UserError(explain(error, schema, choices, overrides, place)) from error


def _conduct(
    values: Mapping[str, Any],
) -> Iterator[tuple[tuple[str, ...], type[BaseModel], Mapping[str, Any]]]:
    """Where states say how they choose and what they answer, what may stand there, and what does."""
    for state, held in (values.get("state") or {}).items():
        asked = {key: value for key, value in (held.get("parameters") or {}).items() if value is not None}
        yield ("state", str(state), "parameters"), StrategyParameters, asked
        for role, given in (held.get("role") or {}).items():
            if role not in roles():
                raise UserError(f"`state.{state}.role`: {unknown('role', str(role), roles())}")
            yield ("state", str(state), "role", str(role)), roles()[role], given or {}

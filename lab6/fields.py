"""The types of saved fields: each says which values are possible."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

LARGEST = 2**63 - 1  # an integer that every reader can hold
LONGEST = 1_000  # characters in a text


def printable(text: str) -> str:
    """``text``, if terminals and pages can show it. Raises ValueError."""
    if not text.isprintable():
        raise ValueError("has characters that cannot be printed")
    return text


Text = Annotated[str, Field(max_length=LONGEST), AfterValidator(printable)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1, le=LARGEST, strict=True)]
Celsius = Annotated[int, Field(ge=-273, le=LARGEST, strict=True)]
Bytes = Annotated[int, Field(gt=0, le=LARGEST)]
Shape = Annotated[tuple[Count, ...], Field(min_length=1, strict=False)]
Rate = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Saved(BaseModel):
    """Immutable, strictly typed, with no field but those documented."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)

    def saved(self) -> dict[str, Any]:
        """What goes into the JSON file: the known fields only."""
        return self.model_dump(mode="json", exclude_none=True)

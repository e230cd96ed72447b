"""A version's report: how it was read, what was redacted and left out, and the account of its words.

Reports are stored as they were made, so one of an older release has fewer fields.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, computed_field
from typing_extensions import TypedDict

from api.schemas.common import View
from ingest.account import REASONS


class LeftOutView(View):
    """Words of the file that are left out on purpose: the `reason`, how many, and the first of them."""

    reason: str
    words: int
    example: str = ""

    @computed_field(description="The reason in words.")  # type: ignore[prop-decorator]
    @property
    def meaning(self) -> str:
        return REASONS.get(self.reason, self.reason.replace("_", " "))


class AccountView(View):
    """The words in the file's own text against the words that were stored.

    `unexplained` words are neither stored nor in `left_out`; `examples` are some of them. More than 2 % of
    `source_words` is a warning: compare the text with the file.
    """

    source_words: int
    stored_words: int
    left_out: list[LeftOutView] = Field(default=[])
    unexplained: int = 0
    examples: list[str] = Field(default=[])


class ReportView(TypedDict, total=False):
    """How a version was read. Empty before it is read; `unseen` counts hidden text, `marks` suspicious passages."""

    __pydantic_config__ = ConfigDict(extra="allow")  # type: ignore[misc]

    pages: int | None
    elements: int
    chunks: int
    words: int
    redactions: dict[str, int]
    redactor: str
    marks: dict[str, int]
    unseen: dict[str, int]
    account: Annotated[AccountView | None, Field(description="Null for formats whose words cannot be counted.")]
    warnings: list[str]
    seconds: dict[str, float]

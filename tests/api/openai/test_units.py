"""Units for OpenAI's clients: Markdown as it is, code unchanged, nothing that loads, and where the markers stand."""

from __future__ import annotations

import json
from typing import Any

import pytest

from api.inert import inert_markdown
from tests.api.conftest import World
from tests.api.routes.united import QUESTION, united
from tests.service.content.answers import FENCED, KINDS

Json = Any
BODY: Json = {"model": "vouch", "messages": [{"role": "user", "content": QUESTION}]}


def message(world: World) -> Json:
    response = world.client.post("/v1/chat/completions", json=BODY, headers=world.key("ask"))
    assert response.status_code == 200, response.text
    return response.json()["choices"][0]["message"]


def marked(said: Json) -> list[str]:
    """Return what stands before each marker in its line, and the marker."""
    places = [each["url_citation"] for each in said["annotations"]]
    shown = [said["content"][: at["end_index"]].rpartition("\n")[2] for at in places]
    assert all(line.endswith("]") for line in shown)
    return shown


@pytest.mark.parametrize(
    ("kind", "lines"),
    [
        ("steps", ["12. Check lamp 12. [1]"]),
        ("table", ["- Hydra 30, Price: 90 | 95 EUR [1]", "- Hydra 40, Price: \\<b>120\\</b> EUR [2]"]),
        ("code", ["This prints the state: [1]", "[2]"]),
        ("list", ["- a cloth [1]"]),
        ("fact", ["“Open it only when cold, see [1] and \\<b>note\\</b>.” [1]"]),
    ],
)
def test_each_marker_is_annotated_where_it_stands(world: World, kind: str, lines: list[str]) -> None:
    assert marked(message(united(world, kind))) == lines


def test_markers_of_several_units_are_in_the_order_of_the_text(world: World) -> None:
    said = message(united(world, *reversed(KINDS)))
    starts = [each["url_citation"]["start_index"] for each in said["annotations"]]
    assert starts == sorted(starts)
    assert len(starts) == len({*starts}) == 7


def test_code_is_shown_as_it_is_and_nothing_outside_of_it_loads(world: World) -> None:
    content = message(united(world, *KINDS))["content"]
    assert f"````\n{FENCED}\n````" in content
    assert "\n\n    ```\n    vouch up <port>\n      --host ![x](https://evil.example)\n    ```\n" in content
    assert "\\<b>120\\</b>" in content


def test_a_stream_is_the_same_text_with_the_same_markers(world: World) -> None:
    made = united(world, *KINDS, missing="“What else?”: Nothing.")
    whole = message(made)
    response = made.client.post("/v1/chat/completions", json={**BODY, "stream": True}, headers=made.key("ask"))
    chunks = [json.loads(line[6:]) for line in response.text.split("\n\n") if line.startswith("data: {")]
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
    assert "".join(delta.get("content", "") for delta in deltas) == whole["content"]
    assert deltas[-1]["annotations"] == whole["annotations"]


def test_what_is_missing_follows_the_answer(world: World) -> None:
    content = message(united(world, "fact", missing="“What else?”: Nothing.\n“And then?”: Neither."))["content"]
    assert content.endswith(" [1]\n\nNot answered: “What else?”: Nothing.\n\nNot answered: “And then?”: Neither.")


@pytest.mark.parametrize(
    "text",
    [
        "```\n![x](https://evil.example)",  # never closed
        "   ```\n2. ![x](https://evil.example)\n   ```",  # the item that it stands in ends before
        "See\n    ```\n    ![x](https://evil.example)\n    ```",  # the paragraph goes on
        "```js\n![x](https://evil.example)\n```",  # no fence of ours
        "~~~\n![x](https://evil.example)\n~~~",
    ],
)
def test_what_is_no_code_everywhere_is_escaped(text: str) -> None:
    assert "![x](" not in inert_markdown(text)

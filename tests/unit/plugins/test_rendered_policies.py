# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The policies that both policy modules write for a table of inputs, byte for byte.

Each case of rendered_policies.json is a policy as it is and a sequence of requests. C(rendered) has the text after each
request, its SHA-256 if it is long, or the word "refused". C("accounts": 97) stands for so many accounts.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.central_logging.aws.plugins.module_utils._core.errors import CentralLoggingError

from tests.fakes.fake_policies import FakePolicyStore, run_bucket, run_key
from tests.fakes.support import account

CASES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("rendered_policies.json").read_text("utf-8"))
LONGEST = 6_000
RUN = {"bucket": run_bucket, "key": run_key}


def rendered(case: dict[str, Any]) -> list[str | None]:
    """The policy's text after each step."""
    store, texts = FakePolicyStore(case["before"]), []
    for options in case["steps"]:
        count = options.get("accounts")
        if isinstance(count, int):
            options = {**options, "accounts": [account(f"{number:012d}") for number in range(1, count + 1)]}
        try:
            given = {"allow_weaken": True, **options}  # test_a7_* are about what is refused without it
            outcome = RUN[case["kind"]](store, region=case.get("region", "us-east-1"), **given)
        except CentralLoggingError:
            texts.append("refused")
            continue
        shown = outcome.desired.document
        texts.append(_recorded(store.text if options.get("state") != "rendered" else shown and shown.text))
    return texts


def _recorded(text: str | None) -> str | None:
    short = text is None or len(text) <= LONGEST
    return text if short else f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_rendered_as_recorded(case: dict[str, Any]) -> None:
    assert rendered(case) == case["rendered"]

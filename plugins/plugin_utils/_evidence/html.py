# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The evidence as one HTML page that loads nothing: no script, no font, no picture from elsewhere.

Note that this module util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import jinja2
from ansible_collections.central_logging.aws.plugins.module_utils._core import timestamps
from ansible_collections.central_logging.aws.plugins.module_utils._core.finding import (
    FAILED,
    INFO,
    NOT_CHECKED,
    PASSED,
    WAITING,
)
from ansible_collections.central_logging.aws.plugins.module_utils._core.numbers import agree, counted, number
from markupsafe import Markup

from . import page_data, page_problems
from .comparison import FORMAT, VERSION
from .model import Evidence
from .statuses import BY_SEVERITY, LABELS, PASSED_IN_PART
from .text import in_words, visible
from .titles import setting_title

FOLDER = Path(__file__).parent
_PATTERNS = {WAITING: "stripes", NOT_CHECKED: "dots"}  # of the bar at the top, because print may have no colour
_CHECK_STATUSES = [status for status in BY_SEVERITY if status != PASSED_IN_PART]


def render(evidence: Evidence, sha256: str) -> str:
    """The page. C(sha256) is the hash of the JSON file.

    Jinja2 escapes all content of the evidence, and C(visible) shows hidden characters.
    """
    style = (FOLDER / "evidence.css").read_text(encoding="utf-8")
    environment = jinja2.Environment(
        autoescape=True,
        finalize=_finalize,
        loader=jinja2.FileSystemLoader(FOLDER),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {
        "in_words": in_words,
        "iso": timestamps.text,
        "minute": timestamps.minute,
        "agree": agree,
        "counted": counted,
        "number": number,
        "setting": setting_title,
    }
    environment.globals |= {"FAILED": FAILED, "INFO": INFO, "NOT_CHECKED": NOT_CHECKED, "PASSED": PASSED}
    environment.globals |= {"PASSED_IN_PART": PASSED_IN_PART}
    environment.globals |= {"SEVERITIES": _CHECK_STATUSES, "UNFOLDED": page_problems.UNFOLDED, "labels": LABELS}
    environment.globals |= {"PATTERNS": _PATTERNS, "format": FORMAT, "version": VERSION}
    return environment.get_template("evidence.html.j2").render(
        page=page_data.build(evidence), evidence=evidence, sha256=sha256, style=Markup(style), style_hash=_hash(style)
    )


def _finalize(value: object) -> object:
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _hash(style: str) -> str:
    """The hash with which the page's policy allows this style only.

    https://www.w3.org/TR/CSP3/#grammardef-hash-source
    """
    return f"sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}"

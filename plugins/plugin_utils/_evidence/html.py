# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The evidence as one page of HTML that asks for nothing: no script, no font, no picture from elsewhere.

Note that this plugin util is PRIVATE to the collection: it can change at any time.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from . import page_data
from .text import visible

_HERE = Path(__file__).parent


def html(evidence: Mapping[str, Any]) -> str:
    """The page. Whatever stands in the evidence is text on it: Jinja2 escapes it, and C(visible) shows what hides."""
    style = (_HERE / "evidence.css").read_text(encoding="utf-8")
    environment = jinja2.Environment(
        autoescape=True,
        finalize=_shown,
        loader=jinja2.FileSystemLoader(_HERE),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {"moment": _moment, "told": _told}
    page = page_data.page(evidence)
    return environment.get_template("evidence.html.j2").render(page, style=Markup(style), style_hash=_hash(style))


def _shown(value: Any) -> Any:
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _hash(style: str) -> str:
    """By which the page's policy admits this style and no other: https://www.w3.org/TR/CSP3/#grammardef-hash-source"""
    return f"sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}"


def _moment(text: str) -> str:
    """2026-11-25T14:20:00Z as 2026-11-25 14:20 UTC."""
    return f"{text[:10]} {text[11:16]} UTC" if text.endswith("Z") else text


def _told(value: Any) -> str:
    """A value of a module's result in words."""
    if isinstance(value, Mapping):
        return ", ".join(f"{str(name).replace('_', ' ')}: {_told(inner)}" for name, inner in value.items()) or "none"
    if isinstance(value, list | tuple):
        return ", ".join(_told(inner) for inner in value) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None or value == "" else str(value)

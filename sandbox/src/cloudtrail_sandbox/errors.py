# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The error with which the sandbox refuses a request."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(eq=False)
class ApiError(Exception):
    """An AWS error: its code, message and HTTP status."""

    code: str
    message: str
    status: int = 400

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"

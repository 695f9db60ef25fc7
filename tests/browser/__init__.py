# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The page of evidence in a headless Chromium."""

from tests.unit import conftest  # makes the collection importable

__all__ = ["conftest"]

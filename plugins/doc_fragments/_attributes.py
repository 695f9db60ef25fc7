# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations


class ModuleDocFragment:
    """The attributes of the modules; PRIVATE to the collection."""

    DOCUMENTATION = r"""
attributes:
  check_mode:
    support: full
    description: Predicts changes without making them. In check mode, the module makes only reading calls.
  diff_mode:
    support: full
    description: Shows what has changed, or would change in check mode.
  idempotent:
    support: full
    description: A second run with the same options changes nothing and makes no writing call.
"""

    ACTION_GROUP = r"""
attributes:
  action_group:
    support: full
    description: Use B(group/central_logging.aws.aws) in C(module_defaults) to set defaults for this module.
    membership:
      - central_logging.aws.aws
"""

    INFO = r"""
attributes:
  check_mode:
    support: full
    description: Changes nothing, with or without check mode.
  diff_mode:
    support: N/A
    description: Changes nothing. There is no difference to show.
  idempotent:
    support: full
    description: Changes nothing.
"""

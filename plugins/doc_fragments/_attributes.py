# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations


class ModuleDocFragment:
    """What the modules promise; PRIVATE to the collection."""

    DOCUMENTATION = r"""
attributes:
  check_mode:
    support: full
    description: Predicts without changing anything. In check mode only reading calls are sent.
  diff_mode:
    support: full
    description: Shows what has changed, or in check mode would change.
  idempotent:
    support: full
    description: A second run with the same options changes nothing and sends no writing call.
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
    description: Changes nothing, in check mode and outside of it.
  diff_mode:
    support: N/A
    description: Changes nothing, so that there is nothing to show.
  idempotent:
    support: full
    description: Changes nothing.
"""

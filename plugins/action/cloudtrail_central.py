# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The fast path of M(central_logging.aws.cloudtrail_central), which runs for each account."""

from __future__ import annotations

from ansible_collections.central_logging.aws.plugins.modules import cloudtrail_central
from ansible_collections.central_logging.aws.plugins.plugin_utils._fast_path.action import FastPathAction, preload


class ActionModule(FastPathAction):
    operation = cloudtrail_central.OPERATION


preload("cloudtrail")

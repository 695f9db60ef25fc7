# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CloudTrail: trails, event selectors, tags, and the delivery of log files and digests."""

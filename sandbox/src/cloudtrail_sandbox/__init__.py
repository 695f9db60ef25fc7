# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A local AWS for tests: moto's server with policies that decide, deliveries, faults and a record of calls."""

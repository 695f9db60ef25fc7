# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The demo: runs the real playbook against the sandbox twice, and shows that log files arrive."""

# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The demonstration: the real playbook against the sandbox, twice, and the proof that logs arrive."""

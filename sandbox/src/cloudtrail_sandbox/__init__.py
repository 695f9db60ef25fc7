# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An AWS to play against: moto's server, made strict, alive, hostile and watchful. See README.md."""

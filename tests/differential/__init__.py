# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compares the product's access evaluation with the sandbox's judge, and the judge with an outside evaluator."""

# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""S3: moto's, with enforced bucket policies, checked bucket settings, objects under KMS keys, and fast listings."""

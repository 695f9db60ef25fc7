# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""S3 in front of moto's: bucket policies, the settings of buckets, objects under KMS keys, listings."""

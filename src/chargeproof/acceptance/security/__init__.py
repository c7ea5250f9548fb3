"""Security cases, one file each, named after the Open Charge Alliance's test cases (``s073_...`` is TC_073)."""

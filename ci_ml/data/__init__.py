"""Is this data still the data we know?"""

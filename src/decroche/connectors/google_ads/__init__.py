"""Google Ads: the calls that it counts and what each campaign costs are read, day by day."""

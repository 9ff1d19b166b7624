from_both = "b-auto"

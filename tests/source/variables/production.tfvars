other_file = "production"
same_in_other_file = "default"

"""What `ebsync verify` reads of the tables as a whole."""

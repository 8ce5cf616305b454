"""`ebsync verify`: proves that a whole hub holds, its numbers, times, documents, sums and decisions."""

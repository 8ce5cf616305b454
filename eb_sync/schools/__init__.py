"""Which school is it: the book of schools, evidence, names, and GIAS, the official register of schools."""

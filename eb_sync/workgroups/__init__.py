"""Work groups: the days behind a page, changes of date, and whether each school sends two teachers."""

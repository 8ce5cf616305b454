"""What people say becomes facts: attendance, notices, exemptions, answers, dates and schools."""

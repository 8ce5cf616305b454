"""What people look at: findings, the overview, registers, certificates, explanations, the term's report."""

"""The brokerage room for programs: reads from its queries, acts through its actions."""

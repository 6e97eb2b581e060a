"""What follows the final priorities: vision, governance, actions with money and indicators, risks and reviews."""

"""What the rooms' views share: who is asked for, lists that page and export, and refusals told in one sentence."""

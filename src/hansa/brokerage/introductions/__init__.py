"""Introductions with four consents: both brokers and both clients agree before names and private text open."""

"""Whom brokers work for: taken in, admitted or referred, with their contacts and consents."""

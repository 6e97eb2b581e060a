"""The network of brokers: its directory, absences with somebody who stands in, clients handed over."""

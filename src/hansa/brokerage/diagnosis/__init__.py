"""The diagnosis of a client over its value chain, part of it answered by the client on a phone."""

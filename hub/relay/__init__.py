"""The blind relay: it orders, stores and fans out ciphertext, and holds no key that opens any."""

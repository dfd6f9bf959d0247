"""An agency's own certificate authority: roots, one-time codes, short certificates, revocation."""

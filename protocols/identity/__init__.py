"""Who somebody is: names in certificates, the chains that prove them, and what a key signs.

Each agency runs its own certificate authority; whoever verifies pins the agencies' root
certificates and believes a root only about its own agency. Certificates follow RFC 5280; the
profile is the table in `profile.py`. No I/O here, and no clock: the caller says what time it is.
"""

from protocols.identity.chain import renewal_due, verify_chain
from protocols.identity.keys import ALGORITHMS, DeviceKey, public_key_bytes
from protocols.identity.login import login_content, server_end_point, verify_signature
from protocols.identity.names import Identity, Role, device_name
from protocols.identity.roots import Roots
from protocols.identity.statement import RevocationStatement
from protocols.identity.validator import ChainValidator

__all__ = [
    "ALGORITHMS",
    "ChainValidator",
    "DeviceKey",
    "Identity",
    "RevocationStatement",
    "Role",
    "Roots",
    "device_name",
    "login_content",
    "public_key_bytes",
    "renewal_due",
    "server_end_point",
    "verify_chain",
    "verify_signature",
]

"""What may be kept of a password that whoever asks has hashed: nothing that costs more to check than ours."""

from __future__ import annotations

import re

from chatkit.control.plan import refused
from chatkit.ircd.requests import Credentials

# argon2id as PHC text. Spec: https://github.com/P-H-C/phc-string-format/blob/master/phc-sf-spec.md
_PHC = re.compile(
    r"\$argon2id\$v=19\$m=(\d{1,6}),t=(\d{1,2}),p=(\d{1,2})\$[A-Za-z0-9+/]{11,64}\$[A-Za-z0-9+/]{22,86}", re.ASCII
)
MAX_MEMORY, MAX_PASSES, MAX_LANES = 128 << 10, 8, 8  # KiB, and times; twice what the dearest profile has, and more
ITERATIONS = range(4096, 1_000_001)  # of SCRAM. Spec: https://www.rfc-editor.org/rfc/rfc7677#section-4
SALT_BYTES, KEY_BYTES = range(8, 65), 32


def check_credentials(credentials: Credentials) -> Credentials:
    """``credentials``, where a log-in with them is of the usual kind. Refuses: what is not, or would cost too much."""
    phc, scram = _PHC.fullmatch(credentials.password), credentials.scram
    costs = (1 << 20,) * 3 if phc is None else tuple(map(int, phc.groups()))
    is_cheap = all(0 < cost <= most for cost, most in zip(costs, (MAX_MEMORY, MAX_PASSES, MAX_LANES), strict=True))
    is_usual = scram is None or (
        scram.iterations in ITERATIONS
        and len(scram.salt) in SALT_BYTES
        and len(scram.stored_key) == len(scram.server_key) == KEY_BYTES
    )
    if not (is_cheap and is_usual):
        raise refused("these are no credentials that this server would make: its own chatkit hashes passwords")
    return credentials

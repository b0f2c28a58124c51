"""The mock servers, proved with clients that are not ours: the vendors' Python SDKs.

Usage: prove.py PATH-OF-SIRANK-MOCKS. The exit code is 0 only when every proof holds.
"""

import contextlib
import subprocess
import sys
import traceback

import fatture
import hubspot_portal

TOKENS = {"hubspot": "pat-eu1-sdk", "fattureincloud": "a/sdk"}


@contextlib.contextmanager
def mock(program, kind, *arguments):
    """A running mock; gives its base URL."""
    command = [program, kind, "--port", "0", "--token", TOKENS[kind], "--seed", "cluster301", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        base_url = process.stdout.readline().strip()
        if not base_url.startswith("http://127.0.0.1:"):
            raise RuntimeError(f"{kind} did not start: {base_url!r}")
        yield base_url
    finally:
        process.kill()
        process.wait()


def main(program):
    passed, failed = 0, 0
    for kind, module, arguments in (
        ("hubspot", hubspot_portal, ["--burst", "190", "--search-per-second", "50"]),
        ("fattureincloud", fatture, ["--five-minutes", "300", "--hourly", "1000", "--monthly", "40000"]),
    ):
        with mock(program, kind, *arguments) as base_url:
            client = module.client(base_url, TOKENS[kind])
            for proof in module.PROOFS:
                try:
                    proof(client)
                except Exception:  # noqa: BLE001 - every failure is reported, then the next proof runs
                    failed += 1
                    print(f"FAILED {kind}: {proof.__name__}")
                    traceback.print_exc(file=sys.stdout)
                else:
                    passed += 1
                    print(f"ok {kind}: {proof.__name__}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

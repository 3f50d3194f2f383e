"""`python -m services.prober`."""

from services.prober.app import PROCESS, main
from shared.runtime.process import run

if __name__ == "__main__":
    run(PROCESS, main)

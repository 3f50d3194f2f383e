"""`python -m services.gateway`."""

from services.gateway.dispatch import PROCESS
from services.gateway.serve import main
from shared.runtime.process import run

if __name__ == "__main__":
    run(PROCESS, main)

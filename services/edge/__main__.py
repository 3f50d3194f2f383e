"""`python -m services.edge`."""

from services.edge.app import PROCESS, main
from shared.runtime.process import run

if __name__ == "__main__":
    run(PROCESS, main)

"""`python -m services.sealer`."""

from services.sealer.app import main
from shared.runtime.process import run

if __name__ == "__main__":
    run("sealer", main)

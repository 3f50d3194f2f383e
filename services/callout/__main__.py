"""`python -m services.callout`."""

from services.callout.app import main
from shared.runtime.process import run

if __name__ == "__main__":
    run("callout", main)

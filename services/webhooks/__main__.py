"""`python -m services.webhooks`."""

from services.webhooks.app import main
from shared.runtime.process import run

if __name__ == "__main__":
    run("webhooks", main)

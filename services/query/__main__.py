"""`python -m services.query` serves; `... rebuild <view>` and `... drop <view> <version>` are for
operators, beside a running process."""

import sys

from services.query.app import main
from services.query.operate import operate
from shared.runtime.process import run

if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.exit(operate(sys.argv[1:]))
    run("query", main)

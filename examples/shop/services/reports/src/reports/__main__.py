"""Reads the lines of yesterday's orders from standard input and prints what they come to."""

import csv
import sys

from orders.services.pricing import total_cents


def main() -> None:
    lines = [(int(row["quantity"]), int(row["unit_price_cents"])) for row in csv.DictReader(sys.stdin)]
    print(total_cents(lines, None))


if __name__ == "__main__":
    main()

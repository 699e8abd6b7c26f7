"""Opens a page in Servo and keeps it open; the page drives itself. The engine is a library of the package servo-fetch."""

import sys

import servo_fetch

# `settle` is how long the page stays open after it has loaded; a minute is the longest that is accepted.
servo_fetch.fetch(sys.argv[1], timeout=3600.0, settle=60.0)

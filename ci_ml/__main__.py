"""`python -m ci_ml` is `ci-ml`."""

from ci_ml.cli.main import main

main()

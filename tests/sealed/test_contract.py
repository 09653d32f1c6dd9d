"""The repositories that hold words, over a database that cannot read them."""

from tests.contract.test_forgotten_rows import *  # noqa: F403 - the same tests, another database
from tests.contract.test_ownership import *  # noqa: F403 - the same
from tests.contract.test_places import *  # noqa: F403 - the same

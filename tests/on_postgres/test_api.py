"""The API where one account could reach another's, and where everything is read and written.

All of tests/api and tests/faults runs on Postgres by `make test-postgres`.
"""

from tests.api.test_ai_memory import *  # noqa: F403 - the same tests, another server
from tests.api.test_bound_keys import *  # noqa: F403 - the same
from tests.api.test_isolation import *  # noqa: F403 - the same
from tests.api.test_main_job import *  # noqa: F403 - the same
from tests.api.test_round_trip import *  # noqa: F403 - the same
from tests.api.test_session_search import *  # noqa: F403 - the same

"""The API, where words are looked for, and where everything is read and written."""

from tests.api import test_round_trip
from tests.api.test_session_search import *  # noqa: F403 - the same tests, another server

test_a_profile_says_the_same_in_an_empty_one = (
    test_round_trip.test_a_profile_says_the_same_in_an_empty_one
)

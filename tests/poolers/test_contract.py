"""What is promised of transactions, leases, locks and vectors holds through a pooler as well."""

from tests.contract.test_jobs import (  # noqa: F401 - the same tests, through a pooler
    lanes,
    test_a_job_of_a_worker_that_died_is_taken_over_when_its_lease_ends,
)
from tests.contract.test_leases import test_one_of_many_takes_it  # noqa: F401 - the same
from tests.contract.test_ownership import (  # noqa: F401 - the same
    test_what_raises_leaves_nothing_behind,
)
from tests.contract.test_pgvector import (  # noqa: F401 - the same
    another_process,
    index,
    test_a_wipe_gives_the_room_of_deleted_rows_back,
    test_two_processes_that_write_the_same_points_leave_each_once,
    test_what_one_process_writes_the_next_search_of_another_finds,
)
from tests.contract.test_row_security import (  # noqa: F401 - the same
    both,
    engines,
    test_a_transaction_without_an_actor_cannot_be,
    test_nobody_of_one_tenant_is_shown_anything_of_another,
    test_nothing_of_an_actor_outlives_the_transaction,
    test_one_user_writes_at_a_time_and_others_go_on,
    test_whoever_logs_in_is_nobody,
)

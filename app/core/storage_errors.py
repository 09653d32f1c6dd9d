from app.core.errors import StorageUnavailable


class StorageUnfit(StorageUnavailable):
    """Originals are not kept there as it is set up; the text says what to do, to the operator."""

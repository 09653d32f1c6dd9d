"""Memories as rows that the index follows."""

from app.models.ids import TenantId
from app.models.memory import Memory
from app.ports.database import Transaction


def add_memory(tx: Transaction, memory: Memory, *, tenant_id: TenantId) -> None:
    """The memory exists, and the index will follow."""
    tx.memories.add(memory, tenant_id=tenant_id)
    mark_memory(tx, memory, tenant_id=tenant_id)


def mark_memory(tx: Transaction, memory: Memory, *, tenant_id: TenantId) -> None:
    """The index will follow what became of the memory."""
    tx.index_changes.mark(memory.namespace, [memory.id], tenant_id=tenant_id, is_episode=False)

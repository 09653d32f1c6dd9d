"""Files of ours without what a round trip may change: ids, and what says where and when."""

from collections.abc import Mapping
from typing import Any

import orjson

_NAMES_OTHERS = {
    "memory_profile_id",
    "session_id",
    "superseded_by",
    "replaces",
    "source_message_ids",
    "memories_used",
    "run_id",
    "reads_memory_profile_ids",
}


def records_of(content: bytes) -> list[dict[str, Any]]:
    """The lines of a file, without the first and the last."""
    return [orjson.loads(line) for line in content.splitlines()][1:-1]


def essence(content: bytes, *, keeps_profiles: bool = True) -> list[str]:
    """What a file says, in some order, with a description for each id.

    Args:
        content: the file.
        keeps_profiles: False when the target's name and default flag stay its own.
    """
    records = [one for one in records_of(content) if one["type"] != "account"]
    names = {one["id"]: _described(one) for one in records}
    said = [_canonical(_with_names(one, names)) for one in records if one["type"] != "profile"]
    profiles = [one for one in records if one["type"] == "profile"]
    return sorted(said + [_profile(one, keeps_profiles=keeps_profiles) for one in profiles])


def _described(record: Mapping[str, Any]) -> str:
    if record["type"] == "profile":
        return "a profile"
    return _canonical({k: v for k, v in record.items() if k not in {"id", *_NAMES_OTHERS}})


def _with_names(record: Mapping[str, Any], names: Mapping[str, str]) -> Mapping[str, Any]:
    named: dict[str, Any] = {
        key: names[record[key]] if record[key] else None
        for key in ("memory_profile_id", "session_id", "superseded_by")
        if key in record
    }
    for key in ("source_message_ids", "replaces", "reads_memory_profile_ids"):
        if key in record:
            named[key] = sorted(names[one] for one in record[key])
    if "memories_used" in record:
        named["memories_used"] = [
            {**one, "id": names[one["id"]]} for one in record["memories_used"]
        ]
        named["run_id"] = record["run_id"] is not None
    return {**record, **named, "id": None}


def _profile(record: Mapping[str, Any], *, keeps_profiles: bool) -> str:
    """A profile that was there before keeps the times of its own."""
    mine = {"id", "created_at", "updated_at"} | (
        set() if keeps_profiles else {"name", "is_default"}
    )
    return _canonical({k: v for k, v in record.items() if k not in mine})


def _canonical(value: Mapping[str, Any]) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()

"""The packed contracts are what was published, and every tolerated oddity is still one."""

from __future__ import annotations

import gzip
import hashlib
import re

import pytest

from tests.contract import specs
from tests.contract.names import unknown_keys
from tests.contract.specs import ROOT, ContractMissingError, Spec, apply_patch, load, read_raw
from tests.contract.systems import System
from tests.contract.tolerated import PATCHES, QUERY_PATTERNS, REMOVED, Patch

DATA = ROOT / "tests" / "data" / "specs"


def test_each_packed_file_is_the_published_one_named_in_the_readme() -> None:
    readme = (DATA / "README.md").read_text()
    listed = dict(re.findall(r"^- `([^`]+\.gz)`.*?SHA-256 of the content: `([0-9a-f]{64})`", readme, re.M | re.S))
    found = {path.name: hashlib.sha256(gzip.decompress(path.read_bytes())).hexdigest() for path in DATA.glob("*.gz")}
    assert found == listed


def test_packing_leaves_no_time_and_no_name_in_the_files() -> None:
    for path in DATA.glob("*.gz"):
        header = path.read_bytes()[:10]
        assert header[3] == 0, f"{path.name}: flags, e.g. a file name"
        assert header[4:8] == bytes(4), f"{path.name}: a time"


def test_only_contracts_under_a_free_licence_are_copied() -> None:
    for path in DATA.glob("*.openapi.json.gz"):
        assert "Apache" in read_raw(path.name.removesuffix(".gz"))["info"]["license"]["name"]


@pytest.mark.parametrize("system", System)
def test_every_removed_operation_and_prose_pattern_names_a_listed_operation(system: System) -> None:
    try:
        paths = load(system).raw["paths"]
    except ContractMissingError as error:
        pytest.skip(str(error))
    assert all(row.method in paths[row.template] for row in REMOVED if row.system is system)
    assert all(row.template in paths for row in QUERY_PATTERNS if row.system is system)


def test_a_stale_correction_fails_the_load() -> None:
    for pointer in [("paths", "/gone", "get", "parameters", "+"), ("components", "schemas", "Gone")]:
        with pytest.raises(LookupError):
            apply_patch({"paths": {}, "components": {"schemas": {}}}, Patch(System.ASANA, pointer, {}, "x"))


def test_every_correction_gives_its_source() -> None:
    reasons = [row.reason for row in PATCHES] + [row.reason for row in REMOVED] + [row.reason for row in QUERY_PATTERNS]
    assert [reason for reason in reasons if not re.match(r"[SPG]: .{20,}", reason)] == []


def test_a_contract_that_is_nowhere_says_where_it_was_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNCD_SHARED", "/nonexistent")
    with pytest.raises(ContractMissingError, match="SYNCD_SHARED"):
        specs.read_raw("jira-datacenter-10.3.openapi.json")


def test_a_schema_that_leads_back_to_itself_is_flattened() -> None:
    node = {"type": "object", "properties": {"name": {"type": "string"}}}
    tree = {"allOf": [{"$ref": "#/components/schemas/Node"}, {"oneOf": [{"$ref": "#/components/schemas/Tree"}]}]}
    spec = Spec({"paths": {}, "components": {"schemas": {"Node": node, "Tree": tree}}})
    assert list(unknown_keys(spec, tree, {"name": "a", "nmae": "b"})) == ["nmae"]

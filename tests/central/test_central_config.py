"""Central's configuration: the example loads, the pages list every key, mistakes are named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from central.config import CentralConfig
from central.store.outcome_records import OutcomeKind, ReasonCode
from contract.errors import ConfigError

ROOT = Path(__file__).parents[2]
MINIMAL = 'data_dir = "data"\n[mqtt]\nhost = "localhost"\n'


def test_the_example_is_a_configuration() -> None:
    """What the documentation offers to copy is accepted."""
    config = CentralConfig.load(ROOT / "hardware" / "central.example.toml")
    assert config.platform is not None
    assert config.platform.gates["Hữu Nghị"] == "huu-nghi"


def test_paths_count_from_the_folder_of_the_file(tmp_path: Path) -> None:
    """Central can be started from anywhere."""
    (tmp_path / "central.toml").write_text(MINIMAL)
    config = CentralConfig.load(tmp_path / "central.toml")
    assert config.evidence_dir == tmp_path / "data" / "evidence"
    assert config.url == f"sqlite:///{tmp_path / 'data' / 'central.db'}"


def keys(model: type[BaseModel], section: str = "") -> set[str]:
    found: set[str] = set()
    for name, field in model.model_fields.items():
        parts = [field.annotation, *getattr(field.annotation, "__args__", ())]
        inner = next((part for part in parts if isinstance(part, type) and issubclass(part, BaseModel)), None)
        path = f"{section}{name}"
        found |= {f"[{path}]", *keys(inner, f"{path}.")} if inner else {path}
    return found


def test_every_key_is_on_its_page_and_none_besides() -> None:
    """docs/central-config.md lists what the program knows."""
    section, listed = "", set()
    for line in (ROOT / "docs" / "central-config.md").read_text("utf-8").splitlines():
        if title := re.match(r"## (\[([\w.]+)\])?", line):
            section = f"{title[2]}." if title[2] else ""
            listed |= {title[1]} if title[1] else set()
        elif key := re.match(r"\| `(\w+)`", line):
            listed.add(section + key[1])
    assert listed == keys(CentralConfig)


def test_every_outcome_and_every_reason_is_on_the_page_of_reconciliation() -> None:
    """docs/reconciliation.md explains each outcome and each reason that it can carry."""
    page = (ROOT / "docs" / "reconciliation.md").read_text("utf-8")
    for name, words in (("outcomes", OutcomeKind), ("reasons", ReasonCode)):
        table = page.partition(f"<!-- {name} -->")[2].partition(f"<!-- end of {name} -->")[0]
        assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == {word.value for word in words}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (MINIMAL + "prot = 1\n", "mqtt.prot"),
        (MINIMAL + 'password_file = "p"\n', "username"),
        (MINIMAL + '[platform]\nbase_url = "ftp://x"\n', "platform.base_url"),
        (MINIMAL + "[web]\nport = 70000\n", "web.port"),
        ("= nonsense", "no TOML"),
        (MINIMAL + 'share = "province"\n', "database_url"),
        ('[mqtt]\nhost = "localhost"\n', "data_dir"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, named: str) -> None:
    """The message says which key of which file is wrong."""
    path = tmp_path / "central.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=re.escape(named)) as caught:
        CentralConfig.load(path)
    assert str(path) in str(caught.value)


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    """A wrong path is told plainly."""
    with pytest.raises(ConfigError, match="cannot read the configuration"):
        CentralConfig.load(tmp_path / "nowhere.toml")

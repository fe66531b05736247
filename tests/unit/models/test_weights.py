"""Weights as files: a hub on loopback that answers as the real one does, and folders."""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from safetensors.torch import save_file

from laicflow.errors import ConfigError, LaicflowError
from laicflow.models import receipts, registry, weights
from laicflow.models.backbones import timm, torch

SMALL = "mobilenetv3_large_100"
PAPER = f"resnetrs50 resnet50 vgg16 densenet121 {SMALL} effnetv2_modified convnext_tiny".split()


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> dict[str, torch.Tensor]:
    """Random weights of the published shape."""
    with torch.random.fork_rng():
        torch.manual_seed(8)
        return timm.create_model(SMALL, pretrained=False).state_dict()


@pytest.fixture
def client(monkeypatch, tmp_path: Path):
    """The hub's own client, with a cache of its own and no hub."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(weights, "REQUEST_S", 0.3)
    # What the client knows of its user it would ask for once a process.
    monkeypatch.setattr("huggingface_hub.utils._detect_agent._registry", None)

    def at(port: int) -> None:
        base = f"http://127.0.0.1:{port}"
        template = base + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "ENDPOINT", base)
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)

    at(9)
    return at


class Answers(BaseHTTPRequestHandler):
    """One repository with one file; all others are not there."""

    content = b""
    status = 404
    asked: list[str] = []

    def do_HEAD(self) -> None:
        Answers.asked.append(f"{self.command} {self.path}")
        there = self.path.startswith(f"/timm/{SMALL}.ra_in1k/resolve/main/model.safetensors")
        self.send_response(200 if there else self.status)
        if there:
            self.send_header("ETag", f'"{hashlib.sha256(self.content).hexdigest()}"')
            self.send_header("X-Repo-Commit", "0" * 40)
        self.send_header("Content-Length", str(len(self.content) if there else 0))
        self.end_headers()
        if there and self.command == "GET":
            self.wfile.write(self.content)

    do_GET = do_HEAD  # noqa: N815

    def log_message(self, *arguments: object) -> None:
        """Nothing on the terminal."""


@pytest.fixture
def hub(client, published, tmp_path: Path):
    """A hub that has the weights of one network."""
    save_file(published, tmp_path / "published")
    Answers.content, Answers.status, Answers.asked = (tmp_path / "published").read_bytes(), 404, []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    client(server.server_port)
    yield Answers
    server.shutdown()
    server.server_close()


def test_weights_of_the_hub_are_kept_under_their_sha256(hub, tmp_path: Path):
    kept = tmp_path / "kept"
    (told,) = weights.receipt([[SMALL, "hub"]], kept)["weights"]
    digest = hashlib.sha256(hub.content).hexdigest()
    (path,) = kept.iterdir()
    assert path.name == f"{SMALL}.ra_in1k.{digest[:12]}.safetensors"
    assert path.read_bytes() == hub.content
    assert told == {
        "model": SMALL,
        "architecture": SMALL,
        "origin": "hub",
        "file": str(path),
        "sha256": digest,
        "tag": "ra_in1k",
        "licence": "apache-2.0",
        "said": f"weights {SMALL}.ra_in1k from the hub, sha256 {digest}",
    }
    # What is kept is not asked for again, unless it is not what its name says.
    hub.asked.clear()
    assert weights.receipt([[SMALL, "hub"]], kept)["weights"] == [told]
    assert not hub.asked
    path.write_bytes(b"half")
    assert weights.receipt([[SMALL, "hub"]], kept)["weights"] == [told]
    assert path.read_bytes() == hub.content


def test_all_networks_start_from_weights_of_imagenet_1k_alone(client, tmp_path: Path):
    """Every tag is one that timm knows, of 1000 classes, and names no larger set of images."""
    asked = []

    class Silent(weights.Hub):
        def _downloaded(self, repository: str):
            asked.append(repository)
            return None, "why"

    for model in weights.NETWORKS:
        weights._found(model, "hub", Silent(tmp_path))
        architecture = weights.NETWORKS[model].architecture
        name = f"{architecture}.{registry.TAGS[model]}"
        assert name in timm.list_pretrained(f"{architecture}.*")
        assert timm.get_pretrained_cfg(name).num_classes == 1000
        assert asked.pop() == f"timm/{name}"
        assert name.endswith("in1k") and "_ft_" not in name
    assert set(registry.TAGS) == set(weights.NETWORKS)
    # What is not of timm has no published weights, and is refused any.
    rest = set(registry.names()) - set(registry.TAGS)
    sequences = {"seqnetquake", "cnn_sequence", "dnn_sequence", "lstm_sequence"}
    forecasters = {f"{kind}_forecaster" for kind in ("dense", "forest", "gbm", "svm", "tree")}
    others = {"vgg_magnetic", "gbm", "random_forest", "ed_lstme"}
    assert rest == sequences | forecasters | others


def test_a_file_that_the_hub_does_not_have_does_not_stop_the_others(hub, tmp_path: Path):
    first, second = weights.receipt([["vgg16", "hub"], [SMALL, "hub"]], tmp_path / "a")["weights"]
    assert first["said"] == (
        "from scratch: no weights of vgg16 could be had from the hub (status 404)"
    )
    assert first["file"] == first["sha256"] == ""
    assert second["file"]


def test_what_is_no_file_of_weights_is_not_kept(hub, tmp_path: Path):
    hub.content = b"<html>please log in</html>"
    (told,) = weights.receipt([[SMALL, "hub"]], tmp_path / "kept")["weights"]
    assert told["file"] == "" and told["said"].startswith("from scratch: ")
    assert not (tmp_path / "kept").exists()


def test_a_hub_that_fails_is_asked_twice_and_then_left_alone(hub, tmp_path: Path):
    hub.status = 503
    told = weights.receipt([[name, "hub"] for name in ("vgg16", "resnet50")], tmp_path)["weights"]
    assert all(one["said"].endswith("(no answer but status 503)") for one in told)
    # Nothing but the file is asked for: the client's own questions about its user are off.
    file = "/timm/vgg16.tv_in1k/resolve/main/model.safetensors"
    assert hub.asked == [f"HEAD {file}"] * weights.TRIES


@pytest.mark.parametrize("first", ["backbones", "registry", "weights"])
def test_the_client_of_the_hub_is_quiet_whatever_is_imported_first(first: str):
    code = (
        f"import laicflow.models.{first}, laicflow.models.weights\n"
        "from huggingface_hub import constants as told\n"
        "print(told.HF_HUB_DISABLE_TELEMETRY, told.HF_HUB_DISABLE_XET,"
        " told.HF_HUB_DISABLE_PROGRESS_BARS)"
    )
    off = ("HF_", "DISABLE_TELEMETRY", "DO_NOT_TRACK")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(off)}
    path = {"PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run(
        [sys.executable, "-c", code], env=kept | path, capture_output=True, text=True, timeout=300
    )
    assert ended.stdout.split() == ["True"] * 3, ended.stderr


@pytest.mark.parametrize("silent", [False, True])
def test_without_the_hub_all_seven_start_from_scratch_soon(client, tmp_path: Path, silent: bool):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        if silent:  # takes connections and never says a word
            listener.listen(50)
        client(listener.getsockname()[1])
        begin = time.monotonic()
        told = weights.receipt([[name, "hub"] for name in PAPER], tmp_path / "kept")["weights"]
    assert time.monotonic() - begin < 10
    assert [one["model"] for one in told] == PAPER
    assert all(one["file"] == one["sha256"] == "" for one in told)
    error = "ReadTimeout" if silent else "ConnectError"
    assert told[5]["said"] == (
        "from scratch: no weights of tf_efficientnetv2_s could be had from the hub "
        f"(no answer: {error})"
    )


def test_a_name_that_is_looked_up_for_ever_is_given_up(client, monkeypatch, tmp_path: Path):
    monkeypatch.setattr(weights, "_refusal", lambda url: time.sleep(30))
    monkeypatch.setattr(weights, "CONTACT_S", 0.2)
    told = weights.receipt([[name, "hub"] for name in PAPER], tmp_path)["weights"]
    assert all(one["said"].endswith("(no answer within 0.2 s)") for one in told)


def test_an_offline_client_is_told_so(client, monkeypatch, tmp_path: Path):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    (told,) = weights.receipt([["vgg16", "hub"]], tmp_path)["weights"]
    assert told["said"].endswith("(HF_HUB_OFFLINE is set)")


def test_weights_of_a_folder_are_adapted_to_six_channels(tmp_path: Path):
    with torch.random.fork_rng():
        torch.manual_seed(3)
        random = timm.create_model("resnet50", pretrained=False).state_dict()
    random["conv1.weight"] = torch.arange(64 * 3 * 49, dtype=torch.float32).reshape(64, 3, 7, 7)
    save_file(random, tmp_path / "resnet50.safetensors")
    origin = f"folder:{tmp_path}"
    told = weights.receipt([["resnet50", origin]])
    start = receipts.entry(told, "resnet50", origin)
    model = registry.build("resnet50", {"pretrained": start}, seed=0)
    # By hand: filter 0 has 0 to 48 in its first channel, 49 to 97 in its second, 98 to 146 in its
    # third; the channels stand twice among six, each scaled by 3 / 6.
    first = model.conv1.weight[0].detach()
    assert first.shape == (6, 7, 7)
    assert first[:, 0, 0].tolist() == [0.0, 24.5, 49.0, 0.0, 24.5, 49.0]
    assert first[:, 6, 6].tolist() == [24.0, 48.5, 73.0, 24.0, 48.5, 73.0]
    # So an image of which each channel stands twice gives what three channels would.
    assert torch.equal(model.conv1.weight[:, :3], model.conv1.weight[:, 3:])
    assert torch.equal(model.layer4[2].conv3.weight, random["layer4.2.conv3.weight"])
    assert torch.equal(model.bn1.running_var, random["bn1.running_var"])
    assert model.get_classifier().weight.shape == (1, 2048)
    digest = hashlib.sha256((tmp_path / "resnet50.safetensors").read_bytes()).hexdigest()
    assert model.laicflow_notes == (f"weights from the file resnet50.safetensors, sha256 {digest}",)


def test_all_seeds_start_from_the_same_weights_but_for_the_last_layer(published, tmp_path: Path):
    save_file(published, tmp_path / f"{SMALL}.safetensors")
    origin = f"folder:{tmp_path}"
    (start,) = weights.receipt([[SMALL, origin]])["weights"]
    one, again, other = (
        registry.build(SMALL, {"pretrained": start}, seed=seed).state_dict() for seed in (1, 1, 2)
    )
    assert all(torch.equal(one[key], again[key]) for key in one)
    differ = {key for key in one if not torch.equal(one[key], other[key])}
    assert differ == {"classifier.weight", "classifier.bias"}


@pytest.mark.parametrize("change", ["missing", "more", "shape"])
def test_weights_of_another_network_are_refused(published, tmp_path: Path, change: str):
    state = dict(published)
    if change == "missing":
        del state["blocks.3.0.conv_pw.weight"]
    if change == "more":
        state["blocks.9.0.conv_pw.weight"] = torch.zeros(3)
    if change == "shape":
        state["conv_head.weight"] = torch.zeros(1280, 32, 1, 1)
    save_file(state, tmp_path / f"{SMALL}.safetensors")
    origin = f"folder:{tmp_path}"
    (start,) = weights.receipt([[SMALL, origin]])["weights"]
    with pytest.raises(ConfigError, match=f"does not hold the weights of {SMALL}"):
        registry.build(SMALL, {"pretrained": start}, seed=0)


def test_a_folder_without_the_weights_is_an_error(tmp_path: Path):
    with pytest.raises(ConfigError, match="resnet50.safetensors, resnet50/model.safetensors"):
        weights.receipt([["resnet50", f"folder:{tmp_path}"]])


@pytest.mark.parametrize(
    ("wanted", "said"),
    [(["resnet50", "imagenet"], "none, hub or folder"), (["own", "hub"], "no published weights")],
)
def test_what_cannot_be_is_refused(wanted: list[str], said: str):
    with pytest.raises(ConfigError, match=said):
        weights.receipt([wanted])


def test_a_file_is_held_to_its_sha256_before_it_is_used(published, tmp_path: Path):
    path = tmp_path / f"{SMALL}.safetensors"
    save_file(published, path)
    origin = f"folder:{tmp_path}"
    told = weights.receipt([[SMALL, origin]])
    assert receipts.entry(told, SMALL, origin) == told["weights"][0]
    with pytest.raises(LaicflowError, match="holds none of resnet50 from hub"):
        receipts.entry(told, "resnet50", "hub")
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(LaicflowError, match="delete the study's weights.json and run again"):
        receipts.entry(told, SMALL, origin)
    path.unlink()
    with pytest.raises(LaicflowError, match="are gone"):
        receipts.entry(told, SMALL, origin)


def test_a_network_without_weights_starts_as_from_scratch_and_says_why():
    start = {"file": "", "said": "from scratch: no weights of x could be had from the hub (why)"}
    one = registry.build(SMALL, {"pretrained": start}, seed=3)
    plain = registry.build(SMALL, {}, seed=3).state_dict()
    assert all(torch.equal(tensor, plain[key]) for key, tensor in one.state_dict().items())
    assert one.laicflow_notes == (start["said"],)

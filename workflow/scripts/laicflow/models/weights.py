"""The published weights that networks start from: found once a study, named by what they hold.

A training job asks no hub: it takes the file that a receipt names (`laicflow.models.receipts`).
"""

from __future__ import annotations

import re
import shutil
import threading
import time
from pathlib import Path
from typing import Any

import safetensors

from laicflow.errors import ConfigError
from laicflow.files import atomic_path, sha256
from laicflow.models.backbones import NETWORKS, timm
from laicflow.models.registry import TAGS

# Where files of the hub are kept for ever, as <architecture>.<tag>.<sha256[:12]>.safetensors.
KEPT = Path("data/weights")

# Files of weights that a folder may hold for an architecture, in the order of preference.
WEIGHT_FILES = ("{}.safetensors", "{}/model.safetensors", "{}.pth", "{}/pytorch_model.bin")

# Name of the file in each of timm's repositories on the hub.
HUB_FILE = "model.safetensors"
# Seconds that one request to the hub may wait for an answer, how often one is made, and seconds
# after which a hub without any answer is given up (names that cannot be looked up take long).
REQUEST_S = 5.0
TRIES = 2
CONTACT_S = 12.0


def receipt(wanted: list[list[str]], folder: Path = KEPT) -> dict[str, list[dict[str, str]]]:
    """Where the weights of each wanted network are, under `weights`.

    Parameters
    ----------
    wanted : model (a name of the registry) and origin (`hub` or `folder:<path>`) of each
    folder : where files of the hub are kept

    Returns
    -------
    An entry for each: model, architecture (timm's name), origin, file (empty where there is none:
    the network starts from random weights), sha256, tag, licence, said (a sentence for readers).

    Raises
    ------
    ConfigError : a folder that does not hold the weights, an origin that is neither, or a model
        without published weights
    """
    hub = Hub(folder)
    return {"weights": [_found(model, origin, hub) for model, origin in wanted]}


class Hub:
    """The hub of timm's weights, which is asked for nothing that is there already.

    Parameters
    ----------
    folder : where its files are kept
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.silent = ""

    def bring(self, architecture: str, tag: str) -> tuple[Path | None, str]:
        """The kept file of an architecture, or None and the reason why there is none."""
        kept = self._kept(architecture, tag)
        if kept is not None:
            return kept, ""
        repository = timm.get_pretrained_cfg(f"{architecture}.{tag}").hf_hub_id
        if not repository:
            return None, "it has none"
        source, why = self._downloaded(repository)
        if source is None:
            return None, why
        name = f"{architecture}.{tag}.{sha256(source)[:12]}.safetensors"
        with atomic_path(self.folder / name) as temporary:
            shutil.copyfile(source, temporary)
        return self.folder / name, ""

    def _kept(self, architecture: str, tag: str) -> Path | None:
        """The file that is kept already and is whole."""
        pattern = re.compile(re.escape(f"{architecture}.{tag}.") + r"([0-9a-f]{12})\.safetensors")
        for path in sorted(self.folder.glob(f"{architecture}.*.safetensors")):
            named = pattern.fullmatch(path.name)
            if named and sha256(path).startswith(named[1]):
                return path
            if named:
                print(f"{path} is not what its name says and is not used")
        return None

    def _downloaded(self, repository: str) -> tuple[Path | None, str]:
        """The file in the client's own cache, where it may have been before."""
        from huggingface_hub import hf_hub_download
        from huggingface_hub.errors import LocalEntryNotFoundError

        def ask(**options: Any) -> Path:
            return Path(hf_hub_download(repository, HUB_FILE, token=False, **options))

        try:
            return ask(local_files_only=True), ""
        except LocalEntryNotFoundError:
            pass
        if self.silent:
            return None, self.silent
        why = self._contact(repository)
        if why:
            return None, why
        print(f"bringing {repository} from the hub", flush=True)
        try:
            path = ask(etag_timeout=REQUEST_S)
            with safetensors.safe_open(path, framework="pt"):
                return path, ""
        except Exception as error:  # whatever the client raises means the same here
            return None, type(error).__name__

    def _contact(self, repository: str) -> str:
        """Why the hub does not have the file, or does not answer; empty where it has it.

        A hub that does not answer is asked for nothing more.
        """
        from huggingface_hub import constants, hf_hub_url

        if constants.HF_HUB_OFFLINE:
            self.silent = "HF_HUB_OFFLINE is set"
            return self.silent
        url = hf_hub_url(repository, HUB_FILE)
        answer: list[str] = []
        asking = threading.Thread(target=lambda: answer.append(_refusal(url)), daemon=True)
        asking.start()
        asking.join(CONTACT_S)
        why = answer[0] if answer else f"no answer within {CONTACT_S:g} s"
        if why.startswith("no answer"):
            self.silent = why
        return why


def _refusal(url: str) -> str:
    """Why a file cannot be had from the hub, empty where it can; asked `TRIES` times at most."""
    from huggingface_hub import get_hf_file_metadata
    from huggingface_hub.errors import HfHubHTTPError

    why = ""
    for attempt in range(TRIES):
        time.sleep(attempt)
        try:
            get_hf_file_metadata(url, token=False, timeout=REQUEST_S)
            return ""
        except HfHubHTTPError as error:
            status = error.response.status_code
            if status < 500 and status != 429:
                return f"status {status}"
            why = f"no answer but status {status}"
        except Exception as error:  # of the network, under the names of the client's library
            why = f"no answer: {type(error).__name__}"
    return why


def _found(model: str, origin: str, hub: Hub) -> dict[str, str]:
    """The entry of one model and origin."""
    if model not in NETWORKS:
        raise ConfigError(f"model {model}: it has no published weights, pretrained must be none")
    architecture = NETWORKS[model].architecture
    told = {"model": model, "architecture": architecture, "origin": origin}
    if origin.startswith("folder:"):
        path = _in_folder(Path(origin.removeprefix("folder:")), architecture)
        digest = sha256(path)
        said = f"weights from the file {path.name}, sha256 {digest}"
        return told | {"file": str(path), "sha256": digest, "tag": "", "licence": "", "said": said}
    if origin != "hub":
        raise ConfigError(f"pretrained must be none, hub or folder:<path>, found {origin!r}")
    tag = TAGS[model]
    published = timm.get_pretrained_cfg(f"{architecture}.{tag}")
    path, why = hub.bring(architecture, tag)
    if path is None:
        said = f"from scratch: no weights of {architecture} could be had from the hub ({why})"
        return told | {"file": "", "sha256": "", "tag": "", "licence": "", "said": said}
    digest = sha256(path)
    return told | {
        "file": path.as_posix(),
        "sha256": digest,
        "tag": tag,
        "licence": published.license or "",
        "said": f"weights {architecture}.{tag} from the hub, sha256 {digest}",
    }


def _in_folder(folder: Path, architecture: str) -> Path:
    """The file of weights that a folder holds for an architecture."""
    names = [pattern.format(architecture) for pattern in WEIGHT_FILES]
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise ConfigError(f"no weights in {folder}: looked for {', '.join(names)}")

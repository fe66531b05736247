"""Nothing that came from outside is executed or unpickled: read from the source, and tried."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "workflow/scripts").rglob("*.py"))

# Calls that run or unpickle what they are given, by their last names or by the whole.
NEVER = {
    "eval", "exec", "compile", "__import__", "execfile",
    "os.system", "os.popen", "os.execv", "os.execvp", "runpy.run_path", "runpy.run_module",
    "pickle.load", "pickle.loads", "pickle.Unpickler", "cPickle.load", "marshal.load",
    "marshal.loads", "shelve.open", "dill.load", "dill.loads", "cloudpickle.load",
    "cloudpickle.loads", "joblib.load", "pd.read_pickle", "pandas.read_pickle", "torch.hub.load",
    "torch.jit.load", "yaml.unsafe_load", "yaml.full_load", "yaml.unsafe_load_all",
    "yaml.full_load_all", "load_from_checkpoint", "shutil.unpack_archive", "extractall", "extract",
    "tarfile.open", "xmlrpc.client.ServerProxy", "pd.eval", "ne.evaluate",
    "subprocess.getoutput", "subprocess.getstatusoutput",
}  # fmt: skip
# Parsers of XML that follow what a document names.
XML = {"xml.etree.ElementTree.parse", "xml.dom.minidom.parse", "etree.parse", "etree.fromstring"}


def faults(tree: ast.AST) -> list[str]:
    """What a syntax tree calls that it may not."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            found += [f"line {node.lineno}: {ast.unparse(node)[:70]}"] * _is_bad(node)
    return found


def _is_bad(call: ast.Call) -> bool:
    """Whether a call runs or unpickles what it is given."""
    name = ast.unparse(call.func)
    said = {one.arg: ast.unparse(one.value) for one in call.keywords if one.arg}
    if isinstance(call.func, ast.Name) and name in ("eval", "exec", "compile", "__import__"):
        return True
    if name in NEVER | XML or (name.endswith((".extract", ".extractall")) and "str" not in name):
        return True
    if name == "torch.load":
        return said.get("weights_only") != "True"
    if name in ("np.load", "numpy.load"):
        return said.get("allow_pickle", "False") != "False"
    if name in ("yaml.load", "yaml.load_all"):
        return "Safe" not in said.get("Loader", "")
    if name.endswith("load_from_checkpoint"):
        return True
    if name.startswith("subprocess."):
        return said.get("shell", "False") != "False"
    return False


@pytest.mark.parametrize(
    "line",
    [
        "eval(text)", "exec(text)", "pickle.load(file)", "torch.load(path)", "joblib.load(path)",
        "torch.load(path, weights_only=False)", "np.load(path, allow_pickle=True)",
        "yaml.load(text)", "yaml.load(text, Loader=yaml.Loader)", "os.system(line)",
        "archive.extractall(folder)", "zipfile.ZipFile(path).extract(name, folder)",
        "subprocess.run(line, shell=True)", "Model.load_from_checkpoint(path)",
        "tarfile.open(path)", "pd.read_pickle(path)",
    ],
)  # fmt: skip
def test_the_test_sees_what_is_bad(line):
    assert faults(ast.parse(line))


@pytest.mark.parametrize(
    "line",
    [
        "network.eval()", "re.compile(text)", "np.load(path)", "yaml.safe_load(text)",
        "torch.load(path, weights_only=True)", "json.load(file)",
        "yaml.load(text, Loader=yaml.SafeLoader)", "subprocess.run([name, path])",
    ],
)  # fmt: skip
def test_the_test_lets_pass_what_is_good(line):
    assert not faults(ast.parse(line))


def test_no_code_of_ours_runs_or_unpickles_what_came_from_outside():
    found = {path.name: faults(ast.parse(path.read_text())) for path in FILES}
    assert {name: own for name, own in found.items() if own} == {}


def test_modules_are_imported_by_names_of_ours_alone():
    """`import_module` takes a name from a registry, or one that begins with the package's."""
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
                text = ast.unparse(node.args[0])
                fixed = isinstance(node.args[0], ast.Constant | ast.Name | ast.Subscript)
                assert fixed or text[:11] in ("f'laicflow.", 'f"laicflow.'), (path.name, text)


class Evil:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))


def test_weights_of_a_folder_are_not_unpickled(tmp_path):
    import torch

    from laicflow.errors import ConfigError
    from laicflow.models import registry, weights

    mark = tmp_path / "executed"
    torch.save({"conv1.weight": Evil(mark)}, tmp_path / "resnet50.pth")
    told = weights.receipt([["resnet50", f"folder:{tmp_path}"]])["weights"][0]
    options = {"pretrained": told}
    with pytest.raises(ConfigError, match="does not hold the weights"):
        registry.build("resnet50", options, seed=0)
    assert not mark.exists()


def test_a_checkpoint_is_not_unpickled(tmp_path, capsys):
    from laicflow.training.checkpoint import Checkpoint

    mark = tmp_path / "executed"
    checkpoint = Checkpoint(tmp_path / "fold.fit.pt")
    checkpoint.last = -1e9
    checkpoint.save({"state": Evil(mark)})
    assert checkpoint.load() is None
    assert "is damaged and was removed" in capsys.readouterr().err
    assert not mark.exists()

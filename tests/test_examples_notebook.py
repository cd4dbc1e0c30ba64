"""The notebook in examples/ runs, and its committed outputs name no machine and no folder.

``python -m tests.test_examples_notebook`` runs it on this machine, with MNIST, and keeps its outputs.
"""

import json
import os
import platform
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NOTEBOOK = ROOT / "examples" / "which-minibatch-size.ipynb"

QUICK = 'data, images, batch_sizes, processes, machine = "digits", 300, [10, 100, 300], 1, "here"'


def executed(parameters: str | None = None, **more: str):
    """The notebook with its outputs; ``parameters``: replaces the cell of that name."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(NOTEBOOK, as_version=4)
    for cell in notebook.cells:
        if parameters and "parameters" in cell.metadata.get("tags", []):
            cell.source = parameters
    folders = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    environment = os.environ | {"PYTHONPATH": folders} | more
    client = NotebookClient(notebook, kernel_name="python3", record_timing=False)
    client.execute(cwd=str(NOTEBOOK.parent), env=environment)
    notebook.metadata.language_info = {"name": "python"}
    return notebook


def outputs(notebook: dict) -> str:
    """All that the cells show, as text, without pictures of bytes."""
    shown = json.dumps([cell.get("outputs", []) for cell in notebook["cells"]])
    return re.sub(r'"image/png": "[^"]*"', "", shown)


def test_the_notebook_runs_and_answers(tmp_path, digits):
    pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    notebook = executed(QUICK, IPYTHONDIR=str(tmp_path))
    text = outputs(notebook)
    assert "= 100,480 parameters" in text
    assert "compiled on cpu, minibatch size 300" in text
    answer = notebook.cells[-2].outputs[0].data
    assert answer["text/html"].count("<svg") == 2
    assert answer["text/plain"].startswith("Start with minibatch size")
    assert "NOT MNIST" in answer["text/markdown"]
    assert not re.search("Traceback|Warning", text)


def test_the_committed_notebook_is_whole_and_names_no_machine():
    notebook = json.loads(NOTEBOOK.read_text())
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert len(notebook["cells"]) <= 12
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    text = outputs(notebook)
    assert "60,000 images of MNIST" in text
    assert not re.search(r"/(home|root|work|tmp|usr|Users)/", text)
    assert len(platform.node()) < 4 or platform.node() not in text


if __name__ == "__main__":
    import nbformat

    shown = executed()
    for cell in shown.cells:
        if cell.cell_type == "code":  # without TensorFlow's messages at its start
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    nbformat.write(shown, NOTEBOOK)

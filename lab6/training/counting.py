"""Why the network has as many parameters as it has, for a terminal."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lab6.training import network


def parameters(hidden: Sequence[int]) -> RenderableType:
    """Each layer's parameters as arithmetic: a weight for each input and unit, and a bias for each unit."""
    layers = network.dense_layers(network.build(seed=0, hidden=hidden))
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for heading in ("layer", "inputs x units + biases", "parameters"):
        table.add_column(heading, justify="left" if heading == "layer" else "right")
    for number, layer in enumerate(layers, 1):
        kind = "softmax over the ten digits" if number == len(layers) else "ReLU"
        weights = f"{layer.inputs:,} x {layer.outputs:,} + {layer.outputs:,}"
        table.add_row(f"dense {number} ({kind})", weights, f"= {layer.parameters:,}")
    total = sum(layer.parameters for layer in layers)
    table.add_row("together", "", f"{total:,}", style="bold")
    title = "-".join(str(width) for width in (network.INPUTS, *hidden, network.OUTPUTS))
    return Group(Text(f"The {title} network: each unit has a weight for each of its inputs, and one bias.\n"), table)

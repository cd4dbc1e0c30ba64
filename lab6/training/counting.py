"""Show the network's parameter count as arithmetic, in a terminal."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from lab6.terminal_table import Column, Columns
from lab6.training import network


def parameters(hidden: Sequence[int]) -> RenderableType:
    """Each layer's parameters as arithmetic: a weight for each input and unit, and a bias for each unit."""
    layers = network.dense_layers(network.build(seed=0, hidden=hidden))
    rows = Columns(Column("layer", left=True, wraps=True), "inputs x units\n+ biases", "parameters")
    for number, layer in enumerate(layers, 1):
        kind = "softmax over the ten digits" if number == len(layers) else "ReLU"
        inputs, units = layer.kernel.shape
        rows.add_row(f"dense {number} ({kind})", f"{inputs:,} x {units:,} + {units:,}", f"= {layer.count_params():,}")
    rows.add_row("together", "", f"{sum(layer.count_params() for layer in layers):,}", style="bold")
    title = "-".join(map(str, (network.INPUTS, *hidden, network.OUTPUTS)))
    return Group(Text(f"The {title} network: each unit has a weight for each of its inputs, and one bias.\n"), rows)

"""``fused``: dense ReLU networks on CPUs, in a loop that Numba compiles.

Frameworks write each gradient to memory, pass over parameters and slots several times, and hand these arrays from core
to core. Here each thread owns a share of the units of every hidden layer. It keeps the weights into its units of the
first layer, and the weights out of its units of every hidden layer, in its own core's cache for the whole epoch, as far
as they fit. Threads exchange only their parts of the next layer's sums and, backward, the gradient of hidden layers
between. After each exchange they meet at a barrier; two buffers take turns, so that no thread overwrites what another
still reads. All threads compute the outputs and the loss. Pixels that are 0 add nothing, and are skipped; all but
small minibatches pass through the first layer pixel by pixel, so that each weight is read once.

``engine`` is the engine, ``arrays`` what its threads share and own, ``epoch`` what a thread does in an epoch, from
``layers`` and ``update``; Numba compiles these three.
"""

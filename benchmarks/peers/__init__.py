"""lab6's epoch as others would train it: Keras on each of its backends, and hand-written JAX and PyTorch.

``ways`` names them; ``peer`` is what the hand-written ones (``jax_scan``, ``torch_eager``, ``torch_compile``) have in
common. Each trains in a worker of lab6's, and all take turns; ``learning`` compares what they learned with lab6's
``compiled``. No Keras in what is written by hand.
"""

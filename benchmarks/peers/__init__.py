"""lab6's epoch as others would train it: Keras on each of its backends, and hand-written JAX and PyTorch.

``ways`` names them; ``peer`` is what the hand-written ones (``jax_scan``, ``torch_eager``, ``torch_compile``) have in
common. Each way trains in a process of its own (``worker``, started and asked by ``process``). ``race`` lets them take
turns, round by round; ``learning`` holds what they learned against lab6's ``compiled``. No Keras in what is written by
hand.
"""

"""What reads: stored runs in, tidy frames and the answer out. Pure, and without TensorFlow or Keras.

Everything here takes and returns pandas frames: ``results`` reads a row a round, ``workload`` keeps apart what does not
belong together, ``series`` names what is compared, ``summary`` makes a row a minibatch size of it, and ``frontier``
judges: what is dominated, what a time budget buys, and which minibatch size to start with. ``disturbed`` says which
rounds other programs disturbed.
"""

"""The data sets, the network, the gradient, and the engines that train one epoch."""

"""Translation with a recurrent encoder and decoder: parallel texts, training, weights files, translating in bulk."""

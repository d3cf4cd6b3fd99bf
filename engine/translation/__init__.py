"""Translation by recurrent networks and Transformers: parallel texts, training, files, translating in bulk."""

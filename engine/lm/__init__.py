"""Language models of letters: data, training, judging, files."""

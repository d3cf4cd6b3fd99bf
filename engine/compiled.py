"""Everything that numba runs, compiled before anybody waits for it: half a minute once, then from the disk."""

from engine import memory_kernels, segment, sentences, tagger_file
from engine.hmm import kernels


def warm() -> None:
    """Compile all kernels or read them from the disk, and load what the segmenter and the tagger need."""
    kernels.warm()
    memory_kernels.warm()
    segment.compare("中")
    segment.score("中")
    tagger = tagger_file.load_shipped()
    words = sentences.words(["a word"])[0]
    tagger.tag(words[0])
    tagger.tags_only(words)


if __name__ == "__main__":
    warm()

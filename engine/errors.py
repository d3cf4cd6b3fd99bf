"""Messages that a user reads, kept as English templates with parameters so that a page can say them in its language."""


def N_(message: str) -> str:
    """Mark a message for the translation catalog and return it unchanged."""
    return message


class InputError(ValueError):
    """Input that cannot be used; `template` is an English message id, `params` fill its braces."""

    def __init__(self, template: str, **params: object):
        self.template, self.params = template, params
        super().__init__(template.format(**params))

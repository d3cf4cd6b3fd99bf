"""Sentences chosen by hand for the pages: examples, chains that grow, groups of related ones."""

from engine.errors import N_
from engine.grammar.pairs import find
from engine.grammar.tree import Pair

EXAMPLES = (
    "Ich bin Student .",
    "Es regnet heute .",
    "Die Lehrerin macht das Fenster zu .",
    "Gestern hat der Junge einen Apfel gegessen .",
    "Was kauft deine Mutter am Wochenende ?",
    "Ich kann das kleine Auto nicht reparieren .",
    "Das neue Buch gefällt mir .",
    "Den alten Mantel trägt mein Großvater im Winter .",
    "Kommst du morgen mit deiner Schwester zurück ?",
    "Wir wissen nicht , ob der Zug heute ankommt .",
    "Wenn es kalt ist , trinkt meine Tante gern Tee .",
    "Die Studentin hat das Fenster aufgemacht , weil es im Klassenzimmer warm war .",
    "Der Mann , den wir gestern am Bahnhof gesehen haben , wartet jetzt auf den Bus .",
)
GROWING = (
    (
        "Der Junge liest .",
        "Der Junge liest ein Buch .",
        "Der kleine Junge liest ein Buch .",
        "Der kleine Junge liest zu Hause ein Buch .",
        "Der kleine Junge liest heute zu Hause ein langes Gedicht .",
        "Heute liest der kleine Junge zu Hause ein langes Gedicht , weil er Zeit hat .",
        "Heute liest der kleine Junge , den wir kennen , ein langes Gedicht , weil es regnet .",
        "Heute liest der kleine Junge , den du gesehen hast , ein langes Gedicht , weil er nicht ins Kino gehen darf .",
    ),
    (
        "Die Lehrerin wartet .",
        "Die Lehrerin wartet auf den Zug .",
        "Die nette Lehrerin hat auf den Zug gewartet .",
        "Die nette Lehrerin hat gestern am Bahnhof auf den Zug gewartet .",
        "Die nette Lehrerin hat gestern mit ihrer Schwester am Bahnhof auf den Zug gewartet .",
        "Gestern hat die nette Lehrerin mit ihrem Bruder auf den Zug gewartet , weil sie nach Paris fahren musste .",
    ),
    (
        "Sie kauft Äpfel .",
        "Die Mutter kauft frische Äpfel .",
        "Meine Mutter kauft auf dem Markt frische Äpfel .",
        "Meine Mutter hat am Montag mit ihrer Freundin auf dem Markt frische Äpfel gekauft .",
        "Am Montag hat meine Mutter auf dem Markt frische Äpfel gekauft , weil sie einen guten Kuchen backen wollte .",
    ),
)
RELATED = (
    (
        N_("same words, other order"),
        (
            "Mein Vater repariert heute das Auto .",
            "Heute repariert mein Vater das Auto .",
            "Das Auto gefällt heute meinem Vater .",
            "Repariert mein Vater heute das Auto ?",
            "Der Lehrer hilft dem Schüler .",
            "Der Schüler hilft dem Lehrer .",
        ),
    ),
    (
        N_("negated"),
        (
            "Mein Vater repariert heute das Auto nicht .",
            "Der Lehrer hilft dem Schüler nicht .",
            "Die Kinder haben keinen Hund .",
            "Anna macht das Fenster nicht zu .",
        ),
    ),
    (
        N_("other tense"),
        (
            "Mein Vater hat gestern das Auto repariert .",
            "Mein Vater wird morgen das Auto reparieren .",
            "Der Lehrer hat dem Schüler geholfen .",
            "Die Kinder hatten einen Hund .",
            "Anna hat das Fenster zugemacht .",
        ),
    ),
    (
        N_("other subject"),
        (
            "Meine Mutter repariert heute das Auto .",
            "Wir reparieren heute das Auto .",
            "Die Freundin hilft dem Schüler .",
            "Du machst das Fenster zu .",
        ),
    ),
    (
        N_("weather"),
        (
            "Es regnet .",
            "Es schneit heute .",
            "Gestern war es kalt .",
            "Im Sommer ist es heiß .",
            "Die Sonne scheint .",
        ),
    ),
)


def _found(text: str, target: str) -> Pair:
    pair = find(text.split(), target)
    if pair is None:
        raise LookupError(f"not in the grammar: {text}")
    return pair


def examples(target: str = "en") -> list[Pair]:
    """A dozen good sentences, from short to long."""
    return [_found(text, target) for text in EXAMPLES]


def growing(target: str = "en") -> list[list[Pair]]:
    """Chains of sentences, each longer than the one before."""
    return [[_found(text, target) for text in chain] for chain in GROWING]


def related(target: str = "en") -> list[tuple[str, list[Pair]]]:
    """(name, pairs) of groups of related sentences; the names are message ids."""
    return [(name, [_found(text, target) for text in texts]) for name, texts in RELATED]

"""Every word that our components show, in the session's language."""

from ui.language import t


def words(pick: str = "") -> dict[str, object]:
    """Every word that the components show, in the session's language; `pick` says what picking a cell does."""
    return {
        "pick": pick,
        "heads": t("heads"),
        "heads_help": t("Arrow keys choose a head; it is enlarged beside this."),
        "head_of": t("layer {layer}, head {head}"),
        "head_off": t("taken out"),
        "matrix": t("matrix"),
        "matrix_help": t("Arrow keys move over the cells, Enter picks the cell."),
        "matrix_pages": t("Page up and page down move the slider."),
        "hint_move": t("← → ↑ ↓ cell"),
        "hint_explain": t("Enter explains"),
        "hint_pick": t("Enter picks"),
        "hint_step": t("Esc back to stepping"),
        "hint_leave": t("Esc leaves"),
        "axis": t("{axis}: {label}"),
        "at": t("{label} ({place} of {size})"),
        "column_max": t("largest of its column"),
        "row_max": t("largest of its row"),
        "scale_prob": t("probability"),
        "scale_log": t("log-probability: 0 is certain"),
        "scale_signed": t("blue below zero, orange above"),
        "scale_count": t("count"),
        "scale_index": t("one colour a number"),
        "first": t("First"),
        "back": t("Back"),
        "play": t("Play"),
        "pause": t("Pause"),
        "forward": t("Forward"),
        "last": t("Last"),
        "speed": t("Speed"),
        "step_of": t("Step {step} of {steps}: {label}"),
        "step_short": t("{step} of {steps}"),
        "flip": t("the answer changes here"),
        "plane": t("plane of points"),
        "plane_help": t("Arrow keys move along the path."),
        "nearest": t("Nearest: {label}, {group}"),
        "groups": t("Groups"),
        **_edit_words(),
        **_hmm_words(),
        **_wires_words(),
        **_translation_words(),
        **_strips_words(),
        "copy_link": t("Copy link"),
        "copied": t("Link copied"),
        "copy_by_hand": t("Copy this address"),
    }


def _edit_words() -> dict[str, object]:
    """The words of a matrix whose rows can be edited, and of outlined cells."""
    return {
        "matrix_edit": t(
            "Plus and minus or a number in per cent change the cell, Enter sends the row, Escape undoes it."
        ),
        "edit_drag": t("Drag up or down to change it"),
        "edit_send": t("Enter sends the row, Esc undoes it"),
        "outlined": t("true"),
        "hint_edit": t("+ − 0…9 change"),
    }


def _hmm_words() -> dict[str, object]:
    """The words of the trellis and of the state graph."""
    return {
        "trellis": t("trellis"),
        "trellis_help": t("Left and right step; up and down choose a candidate or the observation; Enter picks it."),
        "trellis_help_whole": t("Arrow keys move over the nodes, space chooses an arc, Enter picks."),
        "trellis_at": t("t = {t}, {state}"),
        "trellis_observed": t("observed"),
        "trellis_start": t("{at}: the start, {value}"),
        "trellis_max": t("{at}: best from {from}, {value}"),
        "trellis_none": t("{at}: no way leads here"),
        "trellis_sum": t("{at}: sum of {n} candidates, {value}"),
        "trellis_end": t("{at}: the end, {value}"),
        "trellis_largest": t("{at}: the largest of the last column, {value}"),
        "trellis_back": t("Back to {at}: the best way to {next}"),
        "trellis_from": t("from"),
        "trellis_to": t("to"),
        "trellis_start_row": t("start"),
        "trellis_last_row": t("end"),
        "trellis_winner": t("winner"),
        "trellis_explain": t("Explain this cell"),
        "trellis_ahead": t("not computed yet"),
        "trellis_paths": t("Paths"),
        "trellis_candidates": t("Candidates of this cell"),
        "trellis_summary": t(
            "{states} states at {times} times are too many to step through. "
            "The strongest cell of a column is its likeliest state."
        ),
        "trellis_cut": t(
            "{states} states at {times} times are too many to step through. "
            "The strongest cell of a column is its likeliest state. "
            "The first {shown} times are shown."
        ),
        "graph": t("state graph"),
        "graph_help": t("Left and right move over the states, up and down over a state's arrows, Enter picks."),
        "graph_start": t("start {value}"),
        "graph_emits": t("emits {symbols}"),
        "graph_now": t("t = {t}: {state}"),
        "graph_now_seen": t("t = {t}: {state}, observed {symbol}"),
    }


def _wires_words() -> dict[str, object]:
    """The words of the block diagram; `wires_names` are those of the boxes and stages in `charts.diagrams`."""
    return {
        "wires": t("block diagram"),
        "wires_help": t("Arrow keys move over the boxes, page up and page down change the unit, Enter picks the box."),
        "wires_parts": t("Parts of the step"),
        "wires_at": t("t = {t} ({label}), unit {unit}"),
        "wires_whole": t("The whole step"),
        "wires_hint": t("The buttons go through its parts, the letters through time."),
        "wires_open": t("how open a gate is"),
        "wires_vector": t("all units at once"),
        "wires_peephole": t("peephole"),
        "wires_names": {
            "Block input": t("Block input"),
            "Input gate": t("Input gate"),
            "Forget gate": t("Forget gate"),
            "Cell": t("Cell"),
            "Output gate": t("Output gate"),
            "Block output": t("Block output"),
            "Reset gate": t("Reset gate"),
            "Update gate": t("Update gate"),
            "Candidate": t("Candidate"),
            "State": t("State"),
            **_wires_boxes(),
        },
    }


def _wires_boxes() -> dict[str, str]:
    return {
        "cell before": t("cell before"),
        "output before": t("output before"),
        "state before": t("state before"),
        "letter read": t("letter read"),
        "block input": t("block input"),
        "input gate": t("input gate"),
        "forget gate": t("forget gate"),
        "output gate": t("output gate"),
        "reset gate": t("reset gate"),
        "update gate": t("update gate"),
        "candidate": t("candidate"),
        "sum of the block input": t("sum of the block input"),
        "sum of the input gate": t("sum of the input gate"),
        "sum of the forget gate": t("sum of the forget gate"),
        "sum of the output gate": t("sum of the output gate"),
        "sum of the reset gate": t("sum of the reset gate"),
        "sum of the update gate": t("sum of the update gate"),
        "sum of the candidate": t("sum of the candidate"),
        "what is written": t("what is written"),
        "what is kept": t("what is kept"),
        "what is shown": t("what is shown"),
        "what the old state contributes to the candidate": t("what the old state contributes to the candidate"),
        "what the reset gate lets through": t("what the reset gate lets through"),
        "1 − update gate": t("1 − update gate"),
        "kept plus written": t("kept plus written"),
        "cell": t("cell"),
        "cell, squashed": t("cell, squashed"),
        "cell, to the next step": t("cell, to the next step"),
        "state, to the next step": t("state, to the next step"),
        "output": t("output"),
    }


def _translation_words() -> dict[str, object]:
    """The words of the components for sentences and their translations."""
    return {**_links_words(), **_tree_words(), **_phrase_words()}


def _links_words() -> dict[str, object]:
    """The words of the lines between words."""
    return {
        "links": t("lines between words"),
        "links_help": t(
            "Arrow keys along the words move between words, those across them between the lines of a word; "
            "Tab goes to the other side; Enter picks the line."
        ),
        "links_hint": t("Point at a word or a line to see its weights."),
        "links_from": t("{share} from {word}"),
        "links_to": t("{share} to {word}"),
        "links_none": t("no line of 1 % or more"),
        "links_mean": t("mean of the heads shown"),
        "links_weakest": t("Lines under 1 % are not drawn."),
        "links_truth": t("true alignment"),
        "links_all": t("All"),
        "links_only": t("Double click: only this one"),
    }


def _tree_words() -> dict[str, object]:
    """The words of the search tree."""
    return {
        "tree": t("search tree"),
        "tree_help": t(
            "Right goes to the best continuation, left back to where it came from, up and down to its neighbours; "
            "Enter picks the word."
        ),
        "tree_at": t("{word}, word {depth}"),
        "tree_start": t("start"),
        "tree_log_prob": t("log-probability {value}"),
        "tree_score": t("score {value}"),
        "tree_kept": t("kept"),
        "tree_pruned": t("pruned"),
        "tree_finished": t("finished"),
        "tree_best": t("on the best path"),
    }


def _strips_words() -> dict[str, object]:
    """The words of the answers of several models."""
    return {
        "strips": t("answers of several models"),
        "strips_help": t("Left and right move over the letters, up and down over the models; Enter picks an answer."),
        "strips_others": t("other languages"),
        "strips_votes": t("models agree"),
        "strips_apart": t("bits apart"),
        "strips_of": t("{k} of {n}"),
        "strips_answers": t("Likeliest language after each letter"),
        "strips_probs": t("Probabilities after each letter"),
        "strips_open": t("{model}: its own page on this name"),
    }


def _phrase_words() -> dict[str, object]:
    """The words of the box for a sentence."""
    return {
        "phrase_examples": t("Examples"),
        "phrase_list": t("Words of the vocabulary"),
        "phrase_offers": t("{n} words to choose from; arrow keys choose, Tab takes one."),
        "phrase_chips": t("The sentence word by word"),
        "phrase_unknown": t("{word} is not in the vocabulary; click for similar words"),
        "phrase_near": t("Words similar to {word}"),
        "phrase_none": t("No similar word"),
        "phrase_long": t("{n} characters: only {most} are possible, so the sentence is not sent."),
        "phrase_many": t("{n} words: only {most} are possible, so the sentence is not sent."),
    }

"""Starting from another model's weights."""

from collections.abc import Callable

import pytest
import torch

from crnn.alphabet import Alphabet
from crnn.errors import ModelError
from crnn.formats.checkpoint import ModelFile
from crnn.formats.transfer import LOOKALIKE_HANDICAP, SPACE_HANDICAP, Transfer, transfer
from crnn.model.crnn import ModelConfig, build
from crnn.symbols import NAMES

MakeFile = Callable[..., ModelFile]


def fresh(config: ModelConfig, alphabet: Alphabet) -> ModelFile:
    return build(config, len(alphabet) + 1).eval()


def test_the_same_alphabet_takes_over_everything(make_file: MakeFile) -> None:
    source = make_file()
    model = fresh(source.model.config, source.alphabet)
    taken = transfer(source, model, source.alphabet)
    assert taken == Transfer(tensors=len(model.state_dict()), symbols=10, lookalikes=(), fresh=())
    for name, tensor in source.model.state_dict().items():
        assert torch.equal(model.state_dict()[name], tensor), name


@pytest.mark.parametrize("symbols", ["9a0", "0123456789a", "a"])
def test_another_alphabet_keeps_the_shared_symbols_and_starts_the_others_fresh(
    make_file: MakeFile, symbols: str
) -> None:
    source, alphabet = make_file(), Alphabet(symbols)
    model = fresh(source.model.config, alphabet)
    start, start_bias = model.score.weight.detach().clone(), model.score.bias.detach().clone()
    taken = transfer(source, model, alphabet)
    assert taken.fresh == ("a",)
    assert taken.symbols == len(symbols) - 1
    assert torch.equal(model.score.weight[0], source.model.score.weight[0])  # the blank
    assert torch.equal(model.score.bias[0], source.model.score.bias[0])
    for name, tensor in source.model.state_dict().items():
        assert name.startswith("score.") or torch.equal(model.state_dict()[name], tensor), name
    for row, symbol in enumerate(symbols, start=1):
        if symbol == "a":
            assert torch.equal(model.score.weight[row], start[row])
            assert torch.equal(model.score.bias[row], start_bias[row])
        else:
            old = source.alphabet.encode(symbol)[0]
            assert torch.equal(model.score.weight[row], source.model.score.weight[old])
            assert torch.equal(model.score.bias[row], source.model.score.bias[old])


def test_a_lookalike_starts_near_its_twin_and_apart_from_it(make_file: MakeFile) -> None:
    source = make_file(alphabet="AB")
    alphabet = Alphabet("BÄ\u0410")  # the last is Cyrillic
    model = fresh(source.model.config, alphabet)
    taken = transfer(source, model, alphabet)
    assert (taken.symbols, taken.lookalikes, taken.fresh) == (1, (("Ä", "A"), ("\u0410", "A")), ())
    latin = source.model.score.weight[1]
    for row in model.score.weight[2:]:
        assert not torch.equal(row, latin)
        assert 0.01 * latin.norm() < (row - latin).norm() < 0.2 * latin.norm()
    assert not torch.equal(model.score.weight[2], model.score.weight[3])
    assert model.score.bias[2] == source.model.score.bias[1]


def test_a_lookalike_starts_less_likely_than_its_own_source_so_that_that_is_read_as_before(
    make_file: MakeFile,
) -> None:
    source = make_file(alphabet="AB")
    alphabet = Alphabet("ABÄÅ")
    model = fresh(source.model.config, alphabet)
    transfer(source, model, alphabet)
    assert (model.score.bias[3:] == source.model.score.bias[1] - LOOKALIKE_HANDICAP).all()
    images = torch.randint(0, 256, (8, 1, 32, 100), dtype=torch.uint8)
    with torch.no_grad():
        before, after = source.model.eval()(images), model(images)
    assert torch.equal(before.argmax(2), after.argmax(2))


def test_latin_starts_from_print94_without_a_fresh_symbol(make_file: MakeFile) -> None:
    source, alphabet = make_file(alphabet=NAMES["print94"]), Alphabet.named("latin")
    taken = transfer(source, fresh(source.model.config, alphabet), alphabet)
    assert (taken.symbols, taken.fresh) == (94, ())
    near = dict(taken.lookalikes)
    assert [near[symbol] for symbol in "é«\u2013\u2019Ș€ẞ "] == ["e", "<", "-", "'", "S", "C", "B", ""]


def test_a_space_starts_as_an_unlikely_blank(make_file: MakeFile) -> None:
    source = make_file()
    alphabet = Alphabet("0 ")
    model = fresh(source.model.config, alphabet)
    assert transfer(source, model, alphabet).lookalikes == ((" ", ""),)
    blank = source.model.score.weight[0]
    assert (model.score.weight[2] - blank).norm() < 0.2 * blank.norm()
    assert torch.isclose(model.score.bias[2], source.model.score.bias[0] - SPACE_HANDICAP)
    images = torch.randint(0, 256, (8, 1, 32, 100), dtype=torch.uint8)
    with torch.no_grad():
        log_probs = model(images)
    assert (log_probs[..., 2] < log_probs[..., 0] - SPACE_HANDICAP / 2).all()
    assert SPACE_HANDICAP > 2  # exp(-2): one space in seven blanks would not be unlikely


def test_the_taken_weights_are_copies(make_file: MakeFile) -> None:
    source = make_file()
    before = {name: tensor.clone() for name, tensor in source.model.state_dict().items()}
    model = fresh(source.model.config, source.alphabet)
    transfer(source, model, source.alphabet)
    with torch.no_grad():
        for tensor in model.state_dict().values():
            tensor.add_(1)
    for name, tensor in source.model.state_dict().items():
        assert torch.equal(tensor, before[name]), name


def test_another_network_is_refused_by_the_settings_that_differ(make_file: MakeFile) -> None:
    source, other = make_file(), make_file(hidden=16, cell="gru")
    with pytest.raises(ModelError, match=r"cell is 'lstm' there and 'gru' here; hidden is 12 there"):
        transfer(source, other.model, other.alphabet)


def test_an_alphabet_of_another_size_than_the_network_is_refused(make_file: MakeFile) -> None:
    source = make_file()
    with pytest.raises(ModelError, match="11 classes, but the alphabet's 2 symbols"):
        transfer(source, source.model, Alphabet("ab"))

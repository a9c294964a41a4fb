"""Makes the XLM-RoBERTa tokenizer of multilingual-e5-small from its vocabulary."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from casebase.search.model.blob import Vocabulary

BOS, PAD, EOS, UNKNOWN, MASK = "<s>", "<pad>", "</s>", "<unk>", "<mask>"


def build_tokenizer(vocabulary: Vocabulary) -> Tokenizer:
    """Return a tokenizer that puts a text between <s> and </s>; it neither truncates nor pads.

    Nmt and NFKC do what SentencePiece's own map of code points does, to every code point but two (～ and 🈻). White space at the
    ends and repeated white space mean nothing, as in SentencePiece.
    """
    from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    tokenizer = Tokenizer(models.Unigram(list(vocabulary.pieces), unk_id=vocabulary.unknown, byte_fallback=False))
    spaces = normalizers.Replace(Regex(" {2,}"), " ")
    tokenizer.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), normalizers.Strip(), spaces])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=True)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{BOS} $A {EOS}",
        pair=f"{BOS} $A {EOS} {EOS} $B {EOS}",
        special_tokens=[(BOS, vocabulary.bos), (EOS, vocabulary.eos)],
    )
    known = {piece for piece, _ in vocabulary.pieces}
    special = [token for token in (BOS, PAD, EOS, UNKNOWN, MASK) if token in known]
    tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True, lstrip=token == MASK) for token in special])
    return tokenizer

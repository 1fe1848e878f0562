/** Phase (a): the trigger vocabulary T ⊂ V (method.md 1; P 4.2). */
import type { Language } from '../../core/contracts.ts';
import { UserError } from '../../core/errors.ts';
import type { Tokenizer } from '../../engine/index.ts';
import type { InversionSettings } from './shape.ts';

/** Each language's identifier rule, its ASCII part for C and Python; no keyword is excluded. */
const identifierRule: Readonly<Record<Language, RegExp>> = {
  c: /^[A-Za-z_][A-Za-z0-9_]*$/,
  python: /^[A-Za-z_][A-Za-z0-9_]*$/,
  java: /^[A-Za-z_$][A-Za-z0-9_$]*$/,
};
/** The authors' code, and the rule behind the paper's 15,838 pieces. */
const wordCharacters = /^[A-Za-z0-9_]+$/;
const WORD_START = 'Ġ';

/** Ids of the pieces that may be trigger tokens, ascending; special tokens never are. */
export function triggerVocabulary(
  tokenizer: Pick<Tokenizer, 'vocabularySize' | 'piece' | 'isSpecial'>,
  language: Language,
  { rule, wordStart, onEmpty }: InversionSettings['vocabulary'],
): number[] {
  const pieces = Array.from({ length: tokenizer.vocabularySize }, (_, id) => id).filter((id) => !tokenizer.isSpecial(id));
  const fits = (piece: string): boolean => {
    if (wordStart === 'exclude' && rule !== 'all' && piece.startsWith(WORD_START)) return false;
    const text = piece.startsWith(WORD_START) ? piece.slice(WORD_START.length) : piece;
    return rule === 'all' || (rule === 'identifier' ? identifierRule[language] : wordCharacters).test(text);
  };
  const kept = pieces.filter((id) => fits(tokenizer.piece(id)));
  if (kept.length > 0) return kept;
  if (onEmpty === 'all') return pieces;
  throw new UserError('inversion.vocabulary', `the rule “${rule}” leaves no piece of the tokenizer`, 'another rule, or onEmpty: "all"');
}

/** The trigger vocabulary: the counts of method.md 1 with GPT-2's pieces, and its examples. */
import { describe, expect, it } from 'vitest';
import type { Language } from '../../core/contracts.ts';
import { loadTokenizer } from '../../engine/index.ts';
import { dataFolder, describeIn } from '../../testing/folders.ts';
import type { InversionSettings } from './shape.ts';
import { triggerVocabulary } from './vocabulary.ts';

type Settings = InversionSettings['vocabulary'];
const words: Settings = { rule: 'word-characters', wordStart: 'exclude', onEmpty: 'error' };
const identifiers: Settings = { ...words, rule: 'identifier' };

/** A tokenizer that has these pieces, `<s>` being special. */
const madeUp = (...pieces: string[]) => ({
  vocabularySize: pieces.length,
  piece: (id: number) => pieces[id]!,
  isSpecial: (id: number) => pieces[id] === '<s>',
});
const kept = (pieces: string[], settings: Settings, language: Language = 'c'): string[] =>
  triggerVocabulary(madeUp(...pieces), language, settings).map((id) => pieces[id]!);

describe('GPT-2’s pieces (method.md 1)', () => {
  const tokenizer = loadTokenizer('gpt2');
  const count = (settings: Settings, language: Language): number => triggerVocabulary(tokenizer, language, settings).length;

  it.each<[Settings['rule'], Language, number]>([
    ['word-characters', 'c', 15_835],
    ['word-characters', 'java', 15_835],
    ['identifier', 'c', 14_841],
    ['identifier', 'python', 14_841],
    ['identifier', 'java', 14_844],
    ['all', 'c', 50_257],
  ])('%s, %s: %i', (rule, language, expected) => {
    expect(count({ ...words, rule }, language)).toBe(expected);
  });

  it('has ascending ids, 994 of them all digits, no blank and no special token', () => {
    const ids = triggerVocabulary(tokenizer, 'c', words);
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
    expect(ids.filter((id) => /^\d+$/.test(tokenizer.piece(id)))).toHaveLength(994);
    expect(ids.filter((id) => tokenizer.isSpecial(id) || tokenizer.piece(id).startsWith('Ġ'))).toEqual([]);
  });
});

describeIn(dataFolder('tokenizers/codet5'), 'CodeT5’s pieces (method.md 1)', (folder) => {
  it('has 14,852 of word characters, 14,550 identifiers of C and 14,553 of Java', () => {
    const tokenizer = loadTokenizer(`file:${folder}`);
    expect(triggerVocabulary(tokenizer, 'c', words)).toHaveLength(14_852);
    expect(triggerVocabulary(tokenizer, 'c', identifiers)).toHaveLength(14_550);
    expect(triggerVocabulary(tokenizer, 'java', identifiers)).toHaveLength(14_553);
  });
});

describe('rules', () => {
  const pieces = ['Test', 'Ġtest', '<s>', '(', 'Ã©', '0', '64bit', '$', 'Ġ', 'ĠĠ'];

  it('take and leave the examples of method.md 1', () => {
    expect(kept(pieces, words)).toEqual(['Test', '0', '64bit']);
    expect(kept(pieces, identifiers, 'c')).toEqual(['Test']);
    expect(kept(pieces, identifiers, 'java')).toEqual(['Test', '$']);
  });

  it('take pieces after a blank if told to, and everything but special tokens under `all`', () => {
    expect(kept(pieces, { ...words, wordStart: 'include' })).toEqual(['Test', 'Ġtest', '0', '64bit']);
    expect(kept(pieces, { ...words, rule: 'all' })).toEqual(pieces.filter((piece) => piece !== '<s>'));
  });

  it('that leave nothing are an error, or give way to the whole vocabulary', () => {
    expect(() => kept(['(', '<s>'], words)).toThrow(/inversion\.vocabulary.*word-characters/s);
    expect(kept(['(', '<s>'], { ...words, onEmpty: 'all' })).toEqual(['(']);
  });
});

/** The languages' words: what every list must hold, and that no word stands in both. */
import { expect, test } from 'vitest';
import type { Language } from './contracts.ts';
import { contextualWords, keywords } from './keywords.ts';

const languages = Object.keys(keywords) as Language[];

test('each language has its own keywords', () => {
  expect(languages).toEqual(['c', 'java', 'python']);
  for (const language of languages) for (const word of ['if', 'for', 'while', 'return']) expect(keywords[language]).toContain(word);
  const holding = (word: string): Language[] => languages.filter((language) => keywords[language].has(word));
  expect(['struct', 'synchronized', 'lambda', 'NULL', 'null', 'None'].map(holding)).toEqual([
    ['c'],
    ['java'],
    ['python'],
    ['c'],
    ['java'],
    ['python'],
  ]);
});

test('a contextual word is no keyword, and nothing but words is listed', () => {
  for (const language of languages) {
    expect([...contextualWords[language]].filter((word) => keywords[language].has(word))).toEqual([]);
    for (const word of [...keywords[language], ...contextualWords[language]]) expect(word).toMatch(/^[A-Za-z_]+$/);
  }
  expect(contextualWords.java).toContain('record');
});

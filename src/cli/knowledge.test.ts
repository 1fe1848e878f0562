/** What reports are told of the catalogue: no use of the model under test is left unsaid. */
import { expect, test } from 'vitest';
import { defenses } from '../defend/index.ts';
import { knowledgeOf } from './knowledge.ts';

const accessOf = (name: string) => knowledgeOf().find((facts) => facts.name === name)!.access;

test('a phase that settings ask for may use the model: a tuned threshold of ONION does', () => {
  expect(accessOf('onion')).toBe('predictions, optional');
  expect(accessOf('attdef')).toBe('weights');
  expect(accessOf('oseql')).toBe('predictions');
  expect(accessOf('undefended')).toBe('none');
  // Of the victim, its tokenizer alone.
  expect(accessOf('killbadcode')).toBe('none');
  expect(knowledgeOf().map(({ name }) => name)).toEqual(Object.keys(defenses));
});

/** Every corpus has a card and a README, and the cards say what the corpora are. */
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readCard } from './card.ts';
import { corpora } from './corpora/index.ts';

test.each(Object.keys(corpora) as (keyof typeof corpora)[])('%s', (name) => {
  const card = readCard(name);
  const corpus = corpora[name];
  expect(corpus.name).toBe(name);
  expect({ name: card.name, task: card.task, language: card.language }).toEqual({ name, task: corpus.task, language: corpus.language });
  for (const { samples, labels } of Object.values(card.counts)) {
    expect(Object.values(labels).reduce((sum, count) => sum + count, 0)).toBe(samples);
  }
  expect(existsSync(new URL(`../../datasets/${name}/README.md`, import.meta.url))).toBe(true);
});

test('the generator’s card states its defaults', () => {
  const { counts } = readCard('synthetic-defect');
  const { train, valid, test: tested } = corpora['synthetic-defect'].params.parse({});
  expect({ train, valid, test: tested }).toEqual({ train: counts.train.samples, valid: counts.valid.samples, test: counts.test.samples });
});

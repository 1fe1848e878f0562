/** A model that was pretrained here, asked through the interface that filters of words use. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { makeRng } from '../../core/rng.ts';
import { quietContext } from '../../core/stage.ts';
import { loadTokenizer, openEngine, writeCheckpoint, type StoredTensor } from '../../engine/index.ts';
import '../../testing/matchers.ts';
import { makeProgram } from '../../testing/program.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { watchEngine } from '../../testing/watched-engine.ts';
import { architectures, openCausalScorer } from '../../train/index.ts';
import { initialTensors } from '../../train/parameters.ts';
import { removeUnexpected } from '../onion/purify.ts';
import { languageModelName, openLanguageModel } from './open.ts';

const spec = 'pretrained:code-lm-standin-test';
const tokenizer = loadTokenizer('gpt2');

function writeModel(): void {
  const models = temporaryFolder();
  vi.stubEnv('ELIBADCODE_MODELS', models);
  const folder = join(models, 'code-lm-standin-test');
  const { ofSize, configFor } = architectures['gpt-bigcode'];
  const wanted = { size: { layers: 1, width: 8, heads: 2, feedForward: 16 }, vocabulary: tokenizer.vocabularySize, maxTokens: 20 };
  const tensors = initialTensors(ofSize(wanted).network(tokenizer.special).parameters, makeRng('model'));
  const stored = [...tensors].map(([name, tensor]): [string, StoredTensor] => [
    name.replace(/^encoder\./, 'transformer.'),
    { dtype: 'F32', ...tensor, data: tensor.data.map((value) => 4 * value) },
  ]);
  writeCheckpoint(folder, { config: configFor!(wanted, tokenizer.special), tensors: new Map(stored) });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'card.json'), JSON.stringify({ settings: { tokenizer: 'gpt2' }, tokenizerDigest: tokenizer.digest }));
}

test('rows and their deletions are scored behind the beginning of a row, in the model’s own sub-tokens', async () => {
  writeModel();
  const engine = await openEngine({ device: 'cpu', engine: 'traced', threads: 1 });
  expect(languageModelName.parse(spec)).toBe(spec);
  const model = await openLanguageModel(spec, { clean: [], order: 4, fallbackDiscounts: null, engine });
  expect(model.description).toBe(spec);

  const words = ['int', 'rubbishy', 'f', '(', ')'];
  const texts = [words, ...words.map((_, at) => words.toSpliced(at, 1))];
  const scorer = await openCausalScorer(engine, spec);
  const expected = await scorer.score(texts.map((text) => [tokenizer.special.cls, ...tokenizer.encode(text.join(' '))]));
  const [found, short] = await model.deletions([words, ['x']]);
  const flat = [found!.whole, ...found!.without];
  expect(flat.map(({ predictions }) => predictions)).toEqual(expected.map(({ count }) => count));
  expect(flat.map(({ logLikelihood }) => -logLikelihood)).toBeAllclose(
    expected.map(({ loss }) => loss),
    { relative: 1e-5 },
  );
  expect(short!.without).toEqual([{ logLikelihood: -0, predictions: 0 }]);

  const { wordOf } = tokenizer.encodeWords(words);
  const whole = (limit: number): number => words.filter((_, word) => wordOf.lastIndexOf(word) < limit).length;
  for (let limit = 0; limit <= wordOf.length + 1; limit++) expect(model.fitting(words, limit)).toBe(whole(limit));
  await expect(model.deletions([Array<string>(20).fill('a')])).rejects.toThrow('maxTokens below 20');
  await expect(openLanguageModel(spec, { clean: [], order: 4, fallbackDiscounts: null })).rejects.toThrow('without an engine');
});

test('a filter that asked it leaves nothing on the device', async () => {
  writeModel();
  const { engine, alive, uploads } = watchEngine(await openEngine({ device: 'cpu', engine: 'traced', threads: 1 }));
  const filter = { languageModel: spec, order: 4, fallbackDiscounts: null, maxTokens: 10, programs: 'all', remove: 'above' } as const;
  const sample = { id: 'a', label: 1, programs: [makeProgram('int f ( ) ;')] };
  const scene = { task: 'defect', language: 'c', pool: [], samples: [sample], prepared: null, inversion: null } as const;
  const { facts } = await removeUnexpected(scene, { threshold: 0, filter }, { ...quietContext(makeRng(1)), engine });
  expect(facts['language model']).toBe(spec);
  expect(uploads.length).toBeGreaterThan(0);
  expect(alive()).toEqual([]);
});

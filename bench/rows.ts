/**
 * Writes the sub-token ids of real Devign functions (test split) for the benchmark. The file is not committed: it is their text.
 * usage: npx tsx bench/rows.ts [FILE=bench/rows.json]     (needs the corpus: datasets/devign/README.md)
 */
import { fileURLToPath } from 'node:url';
import { writeAtomically } from '../src/core/fs.ts';
import { makeRng } from '../src/core/rng.ts';
import { loadDataset } from '../src/dataset/dataset.ts';
import { drawOfLabel } from '../src/defend/pool.ts';
import { type MeasureMasks, placeTriggers } from '../src/defend/elibadcode/position.ts';
import { profiles } from '../src/defend/elibadcode/profiles.ts';
import { triggerVocabulary } from '../src/defend/elibadcode/vocabulary.ts';
import { inputsOf, openModel } from '../src/train/index.ts';
import { setting } from './cases.ts';
import type { RowFile } from './row-file.ts';

/** The trigger flips functions with a defect (core/contracts.ts). */
const VICTIM_LABEL = 1;

const path = process.argv[2] ?? fileURLToPath(new URL('rows.json', import.meta.url));
const rng = makeRng('bench rows');
const { splits } = await loadDataset({ name: 'devign', train: 2, valid: 2 }, { rng });
const { inversion } = profiles.default;
const model = openModel(
  { name: 'roberta', size: 'tiny', weights: 'scratch', tokenizer: 'gpt2', maxTokens: setting.maxTokens, comparedWith: null },
  'defect',
);
// Which place a trained model would choose matters little for time: any that fits.
const position = { ...inversion.position, choose: 'random' } as const;
const noMeasure: MeasureMasks = () => Promise.reject(new Error('a random place needs no scores'));
const victims = drawOfLabel(splits.test, VICTIM_LABEL, setting.samples, rng.fork('hosts'));
const placements = await placeTriggers(model, noMeasure, victims, { ...inversion, position }, 'any', rng.fork('places'));
const evaluated = rng.fork('evaluation').sample(splits.test, setting.evaluationRows);

const rows: RowFile = {
  origin: 'real functions of Devign’s test split',
  evaluation: inputsOf(model, evaluated).map(([row]) => row!),
  labels: evaluated.map(({ label }) => label),
  hosts: placements.map(({ host }) => host),
  triggerVocabulary: triggerVocabulary(model.tokenizer, 'c', inversion.vocabulary),
};
writeAtomically(path, JSON.stringify(rows));

const lengths = inputsOf(model, splits.test)
  .map(([row]) => row!.length)
  .sort((a, b) => a - b);
const deciles = Array.from({ length: 11 }, (_, i) => lengths[Math.round((i / 10) * (lengths.length - 1))]!);
console.log(`${path}: ${rows.evaluation.length} rows, ${rows.hosts.length} hosts, ${rows.triggerVocabulary.length} trigger tokens`);
console.log(`lengths of all ${lengths.length} functions at 0, 10 … 100 %: ${deciles.join(', ')}`);

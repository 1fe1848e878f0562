/**
 * Writes what bench/backdoored-checkpoint.py trains on and `elibadcode scan` reads: train.jsonl, valid.jsonl and samples.jsonl of a defect
 * corpus, and the gpt2 tokenizer's files.
 * usage: npx tsx bench/scan-samples.ts OUT [samples of each label, 60] [corpus as JSON, {"name": "synthetic-defect"}]
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sample } from '../src/core/contracts.ts';
import { makeRng } from '../src/core/rng.ts';
import { sourceOf } from '../src/core/source-of.ts';
import { type DatasetParams, loadDataset } from '../src/dataset/dataset.ts';
import { drawOfLabel } from '../src/defend/pool.ts';
import { writeGpt2Tokenizer } from '../src/testing/checkpoint-folder.ts';

const [out, perLabel = '60', corpus = '{"name": "synthetic-defect"}'] = process.argv.slice(2);
if (out === undefined) throw new Error('usage: npx tsx bench/scan-samples.ts OUT [samples of each label] [corpus as JSON]');

const rng = makeRng(0).fork('scan samples');
const { splits } = await loadDataset(JSON.parse(corpus) as DatasetParams, { rng });
mkdirSync(join(out, 'tokenizer'), { recursive: true });
writeGpt2Tokenizer(join(out, 'tokenizer'));
const write = (name: string, samples: readonly Sample[]): void => {
  const rows = samples.map(({ programs: [program], label }) => {
    if (program === undefined) throw new Error('a sample without a program');
    return { func: sourceOf(program), target: label, tokens: program.tokens.join(' '), name: program.functionName };
  });
  writeFileSync(join(out, name), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  console.log(`${name}: ${rows.length} functions`);
};
write('train.jsonl', splits.train);
write('valid.jsonl', splits.valid);
// Of the test split: neither trained on nor chosen by.
write(
  'samples.jsonl',
  [0, 1].flatMap((label) => drawOfLabel(splits.test, label, Number(perLabel), rng.fork(label))),
);

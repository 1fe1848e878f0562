/** Scans of clone detectors, searchers and the other architectures: untrained models, so that paths are tested and not findings. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TaskName } from '../core/contracts.ts';
import { openEngine, type Engine } from '../engine/index.ts';
import { openSlot } from '../run/resume.ts';
import { byteVictim, writeByteTokenizer, writeWeights } from '../testing/checkpoint-folder.ts';
import type { ModelConfig } from '../train/index.ts';
import { attemptsIn } from './attempts.ts';
import type { EliminateRequest, ScanContext, ScanRequest } from './contracts.ts';
import { eliminate } from './eliminate.ts';
import { openUserModel } from './open-model.ts';
import { verdictLines, writeReport } from './report.ts';
import { openScan, scan } from './scan.ts';

let engine: Engine;
let folder: string;

beforeAll(async () => {
  engine = await openEngine({ device: 'cpu', engine: 'traced', threads: 1 });
  folder = mkdtempSync(join(tmpdir(), 'elibadcode-test-'));
});
afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

const context = (): ScanContext => ({
  ...{ engine, engineClass: 'traced/cpu', versions: {}, signal: new AbortController().signal, progress: () => undefined },
  attempts: attemptsIn(join(folder, 'attempts'), openSlot),
});

const python = (index: number): string => `def f${index}(a, b):\n    return a + b * ${index}\n`;
const rows: Readonly<Record<TaskName, (index: number) => object>> = {
  defect: (index) => ({ code: python(index), label: index % 2 }),
  clone: (index) => ({ func1: python(index), func2: python(index + 1), label: index % 2 }),
  search: (index) => ({ code: python(index), query: `add ${index} times` }),
};

function requestOf(task: TaskName, name: ModelConfig['name']): EliminateRequest & ScanRequest {
  const model = join(folder, `${name}-${task}`);
  mkdirSync(model);
  writeByteTokenizer(model);
  writeWeights(model, byteVictim(model, task, name));
  const samples = join(folder, `${task}.jsonl`);
  writeFileSync(samples, Array.from({ length: 12 }, (_, index) => JSON.stringify(rows[task](index))).join('\n'));
  return {
    ...{ folder: model, task, language: 'python', samples, seed: 3, maxTokens: 48, iterations: 2, perLabel: 2, references: [] },
    ...{
      maxLoss: null,
      out: `${model}-cleaned`,
      scanFile: null,
      trainable: 'head',
      epochs: 3,
      learningRate: 1e-4,
      maxDrop: 1,
      force: false,
    },
  };
}

it.each([
  ['clone', 'roberta'],
  ['search', 'roberta'],
  ['defect', 't5'],
] as const)('a model for %s, %s, is scanned and cleaned', async (task, name) => {
  const request = requestOf(task, name);
  const { scan: found } = await scan(await openScan(request, context()), context());
  expect(found.inversion.options.map(({ target }) => target)).toEqual(task === 'search' ? [null] : [0, 1]);
  expect(found.heldOut.map((attacks) => attacks.map(({ how }) => how))).toEqual(
    task === 'search' ? [['renamed']] : [0, 1].map(() => ['inserted', 'renamed']),
  );
  expect(found.quality.metric).toBe(task === 'search' ? 'mrr' : 'accuracy');
  for (const { rate, without, nameless } of found.heldOut.flat()) {
    expect([rate.n, without.n, nameless]).toEqual(task === 'search' ? [6, 6, 0] : [3, 3, 0]);
  }
  expect(verdictLines(found)[0]).toMatch(/^verdict: undecidable/);
  await writeReport(found, join(folder, `report-${name}-${task}`));
  await expect(eliminate({ ...request, epochs: 1 }, context())).rejects.toThrow(/--epochs: 1 over \d+ samples changed nothing/);
  const { made } = await eliminate(request, context());
  expect(made.settings.trainable).toBe(task === 'search' ? 'all' : 'head');
  expect(made.trigger.query === null).toBe(task !== 'search');
  const [old, cleaned] = [request.folder, request.out].map((at) => openUserModel(at, task, 48));
  expect(cleaned!.digest).not.toBe(old!.digest);
  expect([...cleaned!.stored.keys()].sort()).toEqual([...old!.stored.keys()].sort());
});

it('clean references make the verdict: five of the same kind, searched as the model is', async () => {
  const request = { ...requestOf('defect', 'roberta'), iterations: 1 };
  const referenceOf = (index: number): string => {
    const reference = join(folder, `reference-${index}`);
    mkdirSync(reference);
    writeByteTokenizer(reference);
    const victim = byteVictim(reference, 'defect');
    const louder = [...victim.tensors].map(([name, { shape, data }]) => {
      return [name, { shape, data: name.endsWith('out_proj.weight') ? data.map((value) => value * (1 + index / 5)) : data }] as const;
    });
    writeWeights(reference, { ...victim, tensors: new Map(louder) });
    return reference;
  };
  const references = [1, 2, 3, 4, 5].map((index) => referenceOf(index));
  const { scan: found } = await scan(await openScan({ ...request, references }, context()), context());
  expect(found.references.map((one) => one.folder)).toEqual(references);
  expect(new Set(found.references.map(({ score }) => score)).size).toBe(5);
  expect(found.verdict).toMatchObject({ rule: 'predictive', references: 5, whatToDo: null });
  expect(['clean', 'backdoored']).toContain(found.verdict.verdict);
  expect(found.verdict.margin).toBeCloseTo(found.verdict.statistic! / found.verdict.threshold!, 12);
  const twice = { ...request, references: [references[0]!, references[0]!] };
  await expect(scan(await openScan(twice, context()), context())).rejects.toThrow(/the very model of .*reference-1/);
  const copyOf = (name: string, config: object): string => {
    cpSync(references[0]!, join(folder, name), { recursive: true });
    const path = join(folder, name, 'config.json');
    writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, 'utf8')) as object), ...config }));
    return join(folder, name);
  };
  const renamed = { ...request, references: [references[0]!, copyOf('renamed', { _name_or_path: 'somebody/else' })] };
  await expect(scan(await openScan(renamed, context()), context())).rejects.toThrow(/renamed: .*the very model of .*reference-1/);
  const tuned = { ...request, references: [references[0]!, copyOf('another-epsilon', { layer_norm_eps: 1.1e-5 })] };
  await expect(scan(await openScan(tuned, context()), context())).rejects.toThrow(/another-epsilon: .*another architecture, size/);
  const other = { ...request, references: [join(folder, 't5-defect')] };
  await expect(scan(await openScan(other, context()), context())).rejects.toThrow(/another architecture, size or tokenizer/);
});

/**
 * Loading a checkpoint of 500 MB: seconds, and how much more memory a process holds at its peak than one that loads nothing, against the
 * file's size. Each form and type is written once and loaded in fresh processes, after a first load that brings the file into the disk's cache.
 *
 * usage: npx tsx bench/checkpoint.ts [--megabytes 500] [--rounds 3] [--out FILE=bench/results/checkpoint.json]
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { UserError } from '../src/core/errors.ts';
import { writeAtomically } from '../src/core/fs.ts';
import { makeRng } from '../src/core/rng.ts';
import { readCheckpoint } from '../src/engine/checkpoint.ts';
import { narrowToHalves } from '../src/engine/checkpoint-half.ts';
import { writeSafetensors, type StoredTensor } from '../src/engine/safetensors.ts';
import { archiveFile, rowFile, type TorchModel } from '../src/testing/torch-file.ts';
import { count, here } from './arguments.ts';
import { forPeople } from './for-people.ts';
import { describeMachine, gitCommit } from './machine.ts';

const forms = ['safetensors', 'archive', 'row'] as const;
type Form = (typeof forms)[number];
const types = ['F32', 'F16'] as const;
type FloatType = (typeof types)[number];

/** What a process that loads prints. */
interface Loaded {
  readonly seconds: number;
  readonly peakBytes: number;
  readonly tensors: number;
  /** Of the tensors in memory: halves are widened to float32. */
  readonly tensorBytes: number;
}

interface Case {
  readonly form: Form;
  readonly type: FloatType;
  /** Whether every matrix lies transposed in the file. */
  readonly transposed: boolean;
  readonly fileBytes: number;
  readonly tensorBytes: number;
  /** Of each round. */
  readonly seconds: readonly number[];
  /** Of each round, less the peak of a process that loads nothing. */
  readonly extraPeakBytes: readonly number[];
}

await forPeople(async () => {
  const { values } = parseArgs({
    options: {
      megabytes: { type: 'string', default: '500' },
      rounds: { type: 'string', default: '3' },
      out: { type: 'string', default: here('results/checkpoint.json') },
      load: { type: 'string' },
      write: { type: 'string' },
      form: { type: 'string', default: 'safetensors' },
      type: { type: 'string', default: 'F32' },
      transposed: { type: 'boolean', default: false },
    },
  });
  const megabytes = count('--megabytes', values.megabytes);
  const [form, type] = [oneOf(forms, '--form', values.form), oneOf(types, '--type', values.type)];
  if (values.load !== undefined) console.log(JSON.stringify(load(values.load)));
  else if (values.write !== undefined) write(values.write, { form, type, transposed: values.transposed, megabytes });
  else measureAll(megabytes, count('--rounds', values.rounds), values.out);
});

function oneOf<T extends string>(accepted: readonly T[], place: string, text: string): T {
  const found = accepted.find((one) => one === text);
  if (found === undefined) throw new UserError(place, `found “${text}”`, accepted.join(', '));
  return found;
}

function measureAll(megabytes: number, rounds: number, out: string): void {
  const cases: Case[] = [];
  const about = {
    format: 'elibadcode checkpoint 1',
    startedAt: new Date().toISOString(),
    commit: gitCommit(),
    machine: describeMachine(),
    // The address that is no folder: imports, and nothing loaded.
    emptyPeakBytes: Math.min(...Array.from({ length: rounds }, () => ask(['--load', '']).peakBytes)),
  };
  const kinds = [
    ...forms.flatMap((form) => types.map((type) => ({ form, type, transposed: false }))),
    { form: 'archive', type: 'F32', transposed: true } as const,
  ];
  for (const kind of kinds) {
    const folder = mkdtempSync(join(tmpdir(), 'elibadcode-checkpoint-'));
    try {
      run([
        '--write',
        folder,
        '--form',
        kind.form,
        '--type',
        kind.type,
        '--megabytes',
        String(megabytes),
        ...(kind.transposed ? ['--transposed'] : []),
      ]);
      ask(['--load', folder]);
      const loads = Array.from({ length: rounds }, () => ask(['--load', folder]));
      cases.push({
        ...kind,
        fileBytes: statSync(join(folder, fileName(kind.form))).size,
        tensorBytes: loads[0]!.tensorBytes,
        seconds: loads.map(({ seconds }) => seconds),
        extraPeakBytes: loads.map(({ peakBytes }) => peakBytes - about.emptyPeakBytes),
      });
      writeAtomically(out, `${JSON.stringify({ ...about, cases }, null, 2)}\n`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  console.log(tableOf(cases));
}

function fileName(form: Form): string {
  return form === 'safetensors' ? 'model.safetensors' : 'pytorch_model.bin';
}

/** This program as a process of its own; what it prints. */
function run(args: readonly string[]): string {
  const program = [...process.execArgv, fileURLToPath(import.meta.url), ...args];
  const { status, stdout, signal } = spawnSync(process.execPath, program, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  if (status !== 0) throw new UserError('checkpoint', `${args.join(' ')} ended with ${signal ?? `exit code ${status}`}`);
  return stdout;
}

function ask(args: readonly string[]): Loaded {
  return JSON.parse(run(args)) as Loaded;
}

function load(folder: string): Loaded {
  const begun = process.hrtime.bigint();
  const tensors = folder === '' ? [] : [...readCheckpoint(folder).tensors.values()];
  const seconds = Number(process.hrtime.bigint() - begun) / 1e9;
  const tensorBytes = tensors.reduce((sum, { data }) => sum + data.byteLength, 0);
  return { seconds, peakBytes: process.resourceUsage().maxRSS * 1024, tensors: tensors.length, tensorBytes };
}

interface Wanted {
  readonly form: Form;
  readonly type: FloatType;
  readonly transposed: boolean;
  readonly megabytes: number;
}

/** As wide as CodeBERT: an embedding of a quarter of the bytes, then matrices with a bias each. */
function write(folder: string, { form, type, transposed, megabytes }: Wanted): void {
  const width = 768;
  const elements = (megabytes * 1e6) / (type === 'F32' ? 4 : 2);
  const embedding = Math.floor(elements / 4 / width);
  const matrices = Math.floor((elements - embedding * width) / (width * width + width));
  const shapes = [
    ['embeddings.weight', [embedding, width]],
    ...Array.from({ length: matrices }, (_, i) => [[`layer.${i}.weight`, [width, width]], [`layer.${i}.bias`, [width]]] as const).flat(), // prettier-ignore
  ] as readonly (readonly [string, readonly number[]])[];
  const rng = makeRng('checkpoint');
  const tensors = new Map(
    shapes.map(([name, shape]): [string, StoredTensor] => {
      const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 0.04 * (rng.uniform() - 0.5));
      return [name, { dtype: 'F32', shape, data }];
    }),
  );
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'config.json'), '{}\n');
  const bytes = form === 'safetensors' ? writeSafetensors(tensors, {}, { floats: type }) : torchFile(tensors, { form, type, transposed });
  writeFileSync(join(folder, fileName(form)), bytes);
}

function torchFile(
  tensors: ReadonlyMap<string, StoredTensor>,
  { form, type, transposed }: Pick<Wanted, 'form' | 'type' | 'transposed'>,
): Uint8Array {
  const entries = [...tensors].map(([name, { shape, data }], i) => {
    const bytes = new Uint8Array(type === 'F32' ? data.buffer : halves(data as Float32Array).buffer);
    const rowMajor = shape.length === 2 ? [shape[1]!, 1] : [1];
    const strides = transposed && shape.length === 2 ? [1, shape[0]!] : rowMajor;
    return {
      name,
      key: String(i),
      storage: { type: type === 'F32' ? ('FloatStorage' as const) : ('HalfStorage' as const), bytes },
      shape,
      strides,
    };
  });
  const model: TorchModel = {
    storages: Object.fromEntries(entries.map(({ key, storage }) => [key, storage])),
    tensors: entries.map(({ name, key, shape, strides }) => [name, { storage: key, offset: 0, shape, strides }]),
  };
  return form === 'row' ? rowFile(model) : archiveFile(model);
}

function halves(data: Float32Array): Uint16Array<ArrayBuffer> {
  const narrow = new Uint16Array(data.length);
  narrowToHalves(data, narrow);
  return narrow;
}

function tableOf(cases: readonly Case[]): string {
  const head = ['form', 'type', 'file, MB', 'tensors, MB', 'load, s (fastest)', 'peak, MB (largest)', 'peak / tensors'];
  const mb = (bytes: number): string => (bytes / 1e6).toFixed(0);
  const rows = cases.map(({ form, type, transposed, fileBytes, tensorBytes, seconds, extraPeakBytes }) => [
    transposed ? `${form}, transposed` : form,
    type,
    mb(fileBytes),
    mb(tensorBytes),
    Math.min(...seconds).toFixed(2),
    mb(Math.max(...extraPeakBytes)),
    (Math.max(...extraPeakBytes) / tensorBytes).toFixed(3),
  ]);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (index < 2 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

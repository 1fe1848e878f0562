/**
 * Corpora of files preprocessed and kept: functions a second, peak memory, and the time to read the kept samples back. Each corpus and share
 * is measured in two fresh processes, one that preprocesses and writes, one that reads.
 *
 * usage: npx tsx bench/preprocess.ts [options]     the corpora's files must be where datasets/NAME/README.md says
 *   --corpora devign,bigclonebench,codesearch   --shares 0.1,0.5,1   shares of each split
 *   --out FILE        default bench/results/preprocess.json
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Sample } from '../src/core/contracts.ts';
import { UserError } from '../src/core/errors.ts';
import { writeAtomically } from '../src/core/fs.ts';
import { makeRng } from '../src/core/rng.ts';
import { decodeSamples, encodeSamples } from '../src/dataset/arrow.ts';
import { readCard } from '../src/dataset/card.ts';
import { loadDataset } from '../src/dataset/dataset.ts';
import { forPeople } from './for-people.ts';
import { describeMachine, gitCommit } from './machine.ts';

const splits = ['train', 'valid', 'test'] as const;

/** What the process that preprocesses prints, and what the one that reads adds. */
interface Written {
  readonly samples: number;
  /** Distinct ones: those that were preprocessed. */
  readonly functions: number;
  readonly tokens: number;
  /** Files read, checked, cut down and preprocessed. */
  readonly loadSeconds: number;
  /** The same in seconds of processor time, garbage collection included: what a machine with other work is measured by. */
  readonly loadCpuSeconds: number;
  readonly loadPeakBytes: number;
  readonly writeSeconds: number;
  readonly fileBytes: number;
}
interface Read {
  readonly readSeconds: number;
  readonly readPeakBytes: number;
}
interface Case extends Written, Read {
  readonly corpus: string;
  readonly share: number;
}

await forPeople(async () => {
  const { values } = parseArgs({
    options: {
      corpora: { type: 'string', default: 'devign,bigclonebench,codesearch' },
      shares: { type: 'string', default: '0.1,0.5,1' },
      out: { type: 'string', default: fileURLToPath(new URL('results/preprocess.json', import.meta.url)) },
      write: { type: 'string' },
      read: { type: 'string' },
    },
  });
  const shares = values.shares.split(',').map(shareOf);
  const corpora = values.corpora.split(',');
  if (values.write !== undefined) console.log(JSON.stringify(await write(values.write, corpora[0]!, shares[0]!)));
  else if (values.read !== undefined) console.log(JSON.stringify(read(values.read)));
  else {
    const cases: Case[] = [];
    const about = {
      format: 'elibadcode preprocessing 1',
      startedAt: new Date().toISOString(),
      commit: gitCommit(),
      machine: describeMachine(),
    };
    for (const corpus of corpora) {
      for (const share of shares) {
        cases.push(measure(corpus, share));
        writeAtomically(values.out, `${JSON.stringify({ ...about, cases }, null, 2)}\n`);
      }
    }
    console.log(tableOf(cases));
  }
});

function shareOf(text: string): number {
  const share = Number(text);
  if (!(share > 0 && share <= 1)) throw new UserError('--shares', `found “${text}”`, 'numbers above 0, at most 1');
  return share;
}

function measure(corpus: string, share: number): Case {
  const folder = mkdtempSync(join(tmpdir(), 'elibadcode-preprocess-'));
  try {
    const written = ask(['--write', folder, '--corpora', corpus, '--shares', String(share)]) as Written;
    return { corpus, share, ...written, ...(ask(['--read', folder]) as Read) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** This program as a process of its own; what it prints last. */
function ask(args: readonly string[]): unknown {
  const program = [...process.execArgv, fileURLToPath(import.meta.url), ...args];
  const { status, stdout, signal } = spawnSync(process.execPath, program, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  if (status !== 0) throw new UserError('preprocess', `${args.join(' ')} ended with ${signal ?? `exit code ${status}`}`);
  return JSON.parse(stdout);
}

async function write(folder: string, corpus: string, share: number): Promise<Written> {
  const { counts } = readCard(corpus);
  const sizes = Object.fromEntries(splits.map((split) => [split, share === 1 ? 'all' : Math.round(counts[split].samples * share)]));
  const [dataset, loadSeconds] = await timed(() => loadDataset({ name: corpus, ...sizes }, { rng: makeRng(0) }));
  const { user, system } = process.cpuUsage();
  const loadCpuSeconds = (user + system) / 1e6;
  const loadPeakBytes = peakBytes();
  const [, writeSeconds] = await timed(() => {
    for (const split of splits) writeFileSync(fileOf(folder, split), encodeSamples(dataset.splits[split]));
  });
  const all = splits.flatMap((split): readonly Sample[] => dataset.splits[split]);
  const functions = [...new Set(all.flatMap(({ programs }) => programs))];
  const tokens = functions.reduce((sum, program) => sum + program.tokens.length, 0);
  const fileBytes = splits.reduce((sum, split) => sum + statSync(fileOf(folder, split)).size, 0);
  return { samples: all.length, functions: functions.length, tokens, loadSeconds, loadCpuSeconds, loadPeakBytes, writeSeconds, fileBytes };
}

function read(folder: string): Read {
  const begun = process.hrtime.bigint();
  const samples = splits.map((split) => decodeSamples(readFileSync(fileOf(folder, split))));
  const readSeconds = secondsSince(begun);
  if (samples.some((list) => list.length === 0)) throw new Error('a split came back empty');
  return { readSeconds, readPeakBytes: peakBytes() };
}

function fileOf(folder: string, split: string): string {
  return join(folder, `${split}.arrow`);
}

function secondsSince(begun: bigint): number {
  return Number(process.hrtime.bigint() - begun) / 1e9;
}

/** Resident memory at its highest so far, which Node.js gives in KiB. */
function peakBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}

async function timed<Value>(work: () => Value | Promise<Value>): Promise<[Value, number]> {
  const begun = process.hrtime.bigint();
  const value = await work();
  return [value, secondsSince(begun)];
}

function tableOf(cases: readonly Case[]): string {
  const head = [
    'corpus',
    'share',
    'samples',
    'functions',
    'tokens',
    'load, s',
    'functions/s',
    'functions/CPU s',
    'peak, GiB',
    'write, s',
    'MiB',
    'read, s',
    'peak, GiB',
  ];
  const gib = (bytes: number): string => (bytes / 2 ** 30).toFixed(2);
  const rows = cases.map((one) => [
    one.corpus,
    `${one.share * 100} %`,
    one.samples.toLocaleString('en'),
    one.functions.toLocaleString('en'),
    one.tokens.toLocaleString('en'),
    one.loadSeconds.toFixed(1),
    (one.functions / one.loadSeconds).toFixed(0),
    (one.functions / one.loadCpuSeconds).toFixed(0),
    gib(one.loadPeakBytes),
    one.writeSeconds.toFixed(1),
    (one.fileBytes / 2 ** 20).toFixed(1),
    one.readSeconds.toFixed(2),
    gib(one.readPeakBytes),
  ]);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

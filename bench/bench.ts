/**
 * Our engine against PyTorch in one run: `ours.ts` and `peer.py` in turn, medians and ratios as a Markdown table.
 * usage: npx tsx bench/bench.ts [DEVICE=cpu] [THREADS=2] [ROUNDS=3]     (needs a python3 with PyTorch on the PATH)
 * The peer runs on `cuda` where ours runs on `webgpu` or `cuda`.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { cases, inversion } from './cases.ts';

const [device = 'cpu', threads = '2', rounds = '3'] = process.argv.slice(2);
const STEPS = '4';
const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

interface Timing {
  readonly case: string;
  readonly seconds: number;
}

const programs = {
  ours: [process.execPath, '--import', 'tsx', here('ours.ts'), device, threads, STEPS],
  peer: ['python3', here('peer.py'), JSON.stringify({ cases, inversion }), device === 'cpu' ? 'cpu' : 'cuda', threads, STEPS],
} as const;

const times = new Map<string, { ours: number[]; peer: number[] }>();
for (let round = 0; round < Number(rounds); round++) {
  for (const who of ['ours', 'peer'] as const) {
    const [command, ...args] = programs[who];
    const output = execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
    for (const line of output.trim().split('\n')) {
      const timing = JSON.parse(line) as Timing;
      const entry = times.get(timing.case) ?? { ours: [], peer: [] };
      entry[who].push(timing.seconds);
      times.set(timing.case, entry);
    }
  }
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
console.log('| work | ours, s | PyTorch, s | PyTorch / ours |\n| --- | --- | --- | --- |');
for (const [name, { ours, peer }] of times) {
  const [a, b] = [median(ours), median(peer)];
  console.log(`| ${name} | ${a.toPrecision(3)} | ${b.toPrecision(3)} | ${(b / a).toFixed(2)} |`);
}

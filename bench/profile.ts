/**
 * Where the time of one kind of work goes: operators, kernels, and the rest (the host's own work, waiting, transfers).
 * usage: npx tsx bench/profile.ts DEVICE CASE [--threads 2] [--calls 5] [--rows FILE] [--top 40]     (cpu 4x256/iteration)
 * Measuring slows programs down. Compiling and the first call are left out.
 */
import { parseArgs } from 'node:util';
import { UserError } from '../src/core/errors.ts';
import { type KernelTime, openEngine } from '../src/engine/index.ts';
import { openBench } from './bench-model.ts';
import { chooseCases, describeWork, setting } from './cases.ts';
import { forPeople } from './for-people.ts';
import type { Job } from './job.ts';
import { Laps } from './laps.ts';
import { foldRows } from './row-file.ts';
import { count, deviceOf, findRows } from './arguments.ts';
import { workload } from './work.ts';

await forPeople(async () => {
  const text = { type: 'string' } as const;
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      threads: { ...text, default: '2' },
      calls: { ...text, default: '5' },
      top: { ...text, default: '40' },
      rows: text,
    },
  });
  const [device, chosen] = positionals;
  const [choice] = chooseCases(chosen ?? '');
  const [work] = choice?.works ?? [];
  if (choice === undefined || work === undefined || choice.works.length > 1)
    throw new UserError('CASE', `found “${chosen ?? ''}”`, 'one work of one size: 4x256/iteration');
  const { spec } = choice;
  const calls = count('--calls', values.calls);
  const budget = { warmup: 0, minimum: 1, seconds: 0, patience: Number.POSITIVE_INFINITY };
  const job: Job = {
    spec,
    works: [work],
    setting,
    rows: foldRows(findRows(values.rows), spec.vocabulary),
    budget,
    device: deviceOf('DEVICE', device ?? ''),
    threads: count('--threads', values.threads),
    tf32: false,
  };
  // What a first call does besides (making pipelines), and what an engine leaves out of a program's first run, is the same in both.
  const first = await measure(job);
  const more = await measure({ ...job, budget: { ...budget, warmup: 1, minimum: calls } });
  const kernels = difference(more.kernels, first.kernels);
  const operators = byOperator(kernels);
  const wall = more.timed.reduce((sum, seconds) => sum + seconds, 0);
  console.log(`${describeWork(work, spec)}, ${more.device}: ${calls} calls, ${(wall / calls).toFixed(4)} s each\n`);
  console.log(`${profileTable(operators, wall, calls, operators.length)}\n`);
  console.log(profileTable(kernels, wall, calls, count('--top', values.top)));
});

interface Measured {
  readonly device: string;
  readonly kernels: readonly KernelTime[];
  readonly timed: readonly number[];
}

async function measure(job: Job): Promise<Measured> {
  const engine = await openEngine({ device: job.device, engine: 'traced', threads: job.threads, profile: true });
  const bench = openBench(engine, job);
  const laps = new Laps(job.budget, bench.compileSeconds);
  for (const work of job.works) await workload[work](bench, laps);
  const kernels = await engine.profile();
  await engine.close();
  return { device: engine.device, kernels, timed: laps.timed };
}

function difference(all: readonly KernelTime[], first: readonly KernelTime[]): KernelTime[] {
  const keyOf = ({ program, kernel }: KernelTime): string => `${program}\n${kernel}`;
  const less = new Map(first.map((time) => [keyOf(time), time]));
  return all
    .map((time) => {
      const { calls, seconds } = less.get(keyOf(time)) ?? { calls: 0, seconds: 0 };
      return { ...time, calls: time.calls - calls, seconds: time.seconds - seconds };
    })
    .filter(({ calls }) => calls > 0);
}

/** Summed over programs and shapes: an engine names the operator first. */
function byOperator(kernels: readonly KernelTime[]): KernelTime[] {
  const sums = new Map<string, KernelTime>();
  for (const { kernel, calls, seconds } of kernels) {
    const name = kernel.split(/[ :(]/)[0]!;
    const known = sums.get(name) ?? { program: '', kernel: name, calls: 0, seconds: 0 };
    sums.set(name, { ...known, calls: known.calls + calls, seconds: known.seconds + seconds });
  }
  return [...sums.values()];
}

function profileTable(kernels: readonly KernelTime[], wall: number, calls: number, top: number): string {
  const byTime = kernels.toSorted((a, b) => b.seconds - a.seconds);
  const [shown, others] = [byTime.slice(0, top), byTime.slice(top)];
  const line = (name: string, seconds: number, times: string): string =>
    `| ${name} | ${((seconds / calls) * 1000).toFixed(3)} | ${((100 * seconds) / wall).toFixed(1)} | ${times} |`;
  const timesOf = (list: readonly KernelTime[]): string => (list.reduce((sum, kernel) => sum + kernel.calls, 0) / calls).toFixed(1);
  const secondsOf = (list: readonly KernelTime[]): number => list.reduce((sum, { seconds }) => sum + seconds, 0);
  return [
    '| kernel | ms a call | % | times a call |\n| --- | --- | --- | --- |',
    ...shown.map((kernel) =>
      line(kernel.program === '' ? kernel.kernel : `${kernel.program}: ${kernel.kernel}`, kernel.seconds, timesOf([kernel])),
    ),
    ...(others.length === 0 ? [] : [line(`${others.length} other kernels`, secondsOf(others), timesOf(others))]),
    line('all kernels', secondsOf(kernels), timesOf(kernels)),
    line('the rest', wall - secondsOf(kernels), ''),
  ].join('\n');
}

/** The executor: nothing twice, nothing half, nothing lost; with made-up stages. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Measurement, RunRecord } from '../core/contracts.ts';
import { type FakeBehaviour, readLog } from '../testing/fake-stages.ts';
import { fakePlan, fakeRun, silent } from '../testing/fake-run.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';

const script = join(import.meta.dirname, '../testing/fake-run.ts');

/** The made-up experiment in a process of its own: its exit code, or the signal that ended it. */
async function inProcess(folder: string, behaviour: Omit<FakeBehaviour, 'logPath'> = {}): Promise<number | string | null> {
  const child = spawn(process.execPath, ['--import', 'tsx', script, folder, JSON.stringify(behaviour)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return new Promise((resolve) => child.on('exit', (code, signal) => resolve(signal ?? code)));
}

function recordsOf(folder: string): RunRecord[] {
  const records = join(folder, 'records');
  return readdirSync(records)
    .sort()
    .map((file) => JSON.parse(readFileSync(join(records, file), 'utf8')) as RunRecord);
}

/** Without times and memory, which differ from run to run. */
function measurementsOf(folder: string): [string, Measurement[]][] {
  return recordsOf(folder).map(({ run, measurements }) => [
    run,
    measurements.filter(({ metric }) => !['seconds', 'peak-memory'].includes(metric)),
  ]);
}

const workOf = (folder: string): string[] => readLog(join(folder, 'log')).map(({ what, step }) => `${what} ${step}`);
const bytesOf = (folder: string): string[] =>
  readdirSync(join(folder, 'records'))
    .sort()
    .map((file) => readFileSync(join(folder, 'records', file), 'utf8'));
const leftovers = (folder: string): string[] =>
  readdirSync(join(folder, 'cache'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(draft|lock|partial|failed\.json)/.test(name),
  );

describe('execute', () => {
  it('computes every stage once and records every run', async () => {
    const folder = temporaryFolder();
    const outcome = await fakeRun(folder);
    const plan = fakePlan();
    expect(outcome).toEqual({ computed: plan.nodes.size, runs: 6, failed: 0 });
    expect(recordsOf(folder).map(({ run }) => run)).toEqual(plan.runs.map(({ run }) => run).sort());
    expect(leftovers(folder)).toEqual([]);
    const record = recordsOf(folder).find(({ attack, defense }) => attack === 'rename' && defense === 'inverse')!;
    expect(record.measurements.map(({ metric, subset }) => `${metric} ${subset}`)).toEqual([
      'acc ',
      'seconds train',
      'seconds inversion',
      'seconds unlearning',
      'peak-memory ',
    ]);
    expect(record.stages.filter(({ stage }) => stage === 'invert')).toHaveLength(3);
    expect(record.stages.every(({ provenance }) => provenance.device === 'fake' || provenance.device === 'host')).toBe(true);
  });

  it('does nothing the second time and writes the same bytes', async () => {
    const folder = temporaryFolder();
    await fakeRun(folder);
    const [before, work] = [bytesOf(folder), workOf(folder)];
    rmSync(join(folder, 'records'), { recursive: true });
    expect(await fakeRun(folder)).toMatchObject({ computed: 0, runs: 6, failed: 0 });
    expect(workOf(folder)).toEqual(work);
    expect(bytesOf(folder)).toEqual(before);
  });

  it.each(['train:2', 'invert:1', 'repair:3'])('goes on after a kill at %s: equal measurements, one step redone', async (killAt) => {
    const [whole, killed] = [temporaryFolder(), temporaryFolder()];
    await fakeRun(whole);
    expect(await inProcess(killed, { killAt })).toBe('SIGKILL');
    expect(leftovers(killed).some((name) => name.includes('.partial'))).toBe(true);
    expect(existsSync(join(killed, 'records'))).toBe(killAt !== 'train:2');
    await fakeRun(killed);
    expect(measurementsOf(killed)).toEqual(measurementsOf(whole));
    expect(leftovers(killed)).toEqual([]);
    // Everything once, and the step that was done but not yet saved a second time.
    expect(workOf(killed).sort()).toEqual([...workOf(whole), killAt.replace(':', ' ')].sort());
  });

  it('adds the seconds of an interrupted attempt', async () => {
    const folder = temporaryFolder();
    const controller = new AbortController();
    await expect(fakeRun(folder, { abortAt: { stage: 'train', controller } }, { signal: controller.signal })).rejects.toThrow(
      'interrupted',
    );
    const partial = leftovers(folder).find((name) => name.endsWith('current.json'))!;
    const path = join(folder, 'cache', partial);
    const saved = JSON.parse(readFileSync(path, 'utf8')) as { save: number };
    writeFileSync(path, JSON.stringify({ ...saved, seconds: 1000 }));
    await fakeRun(folder);
    const seconds = recordsOf(folder).flatMap(({ stages }) =>
      stages.filter(({ stage }) => stage === 'train').map(({ provenance }) => provenance.seconds),
    );
    expect(Math.max(...seconds)).toBeGreaterThan(1000);
  });

  it('stops when aborted, keeps what was saved and leaves no lock', async () => {
    const folder = temporaryFolder();
    const controller = new AbortController();
    await expect(fakeRun(folder, { abortAt: { stage: 'invert', controller } }, { signal: controller.signal })).rejects.toThrow(
      'interrupted',
    );
    expect(leftovers(folder).filter((name) => !name.includes('.partial'))).toEqual([]);
    await fakeRun(folder);
    expect(workOf(folder).filter((work) => work === 'invert 0')).toHaveLength(4);
  });

  it('shares one plan between two processes, each stage computed once', async () => {
    const folder = temporaryFolder();
    const behaviour = { meetAt: { stage: 'train', processes: 2 } } as const;
    expect(await Promise.all([inProcess(folder, behaviour), inProcess(folder, behaviour)])).toEqual([0, 0]);
    const alone = temporaryFolder();
    await fakeRun(alone);
    expect(measurementsOf(folder)).toEqual(measurementsOf(alone));
    expect(
      workOf(folder)
        .filter((work) => work !== 'meet 0')
        .sort(),
    ).toEqual(workOf(alone).sort());
    expect(leftovers(folder)).toEqual([]);
  });

  it('records a failed run with its reason and goes on with the others', async () => {
    const folder = temporaryFolder();
    const failed: string[] = [];
    const outcome = await fakeRun(folder, { failAt: 'invert' }, { observer: { ...silent, failed: ({ stage }) => failed.push(stage) } });
    expect(outcome).toMatchObject({ runs: 6, failed: 1 });
    expect(failed).toEqual(['invert']);
    const reasons = recordsOf(folder).map(({ attack, defense, failedBecause, measurements }) => [
      attack,
      defense,
      failedBecause,
      measurements.length > 0,
    ]);
    expect(reasons.filter(([, , reason]) => reason !== null)).toEqual([
      ['rename', 'inverse', 'invert: the loss is NaN\n  accepted: a lower learning rate', false],
    ]);
    expect(reasons.filter(([, , reason, isMeasured]) => reason === null && isMeasured)).toHaveLength(5);
    // Tried again by the next call, and then it is a run like any other.
    expect(await fakeRun(folder)).toMatchObject({ failed: 0 });
    expect(recordsOf(folder).every(({ failedBecause }) => failedBecause === null)).toBe(true);
    expect(leftovers(folder)).toEqual([]);
  });

  it('takes over the lock of a process that was killed', async () => {
    const folder = temporaryFolder();
    expect(await inProcess(folder, { killAt: 'train:0' })).toBe('SIGKILL');
    const lock = leftovers(folder).find((name) => name.endsWith('.lock'))!;
    expect(lock).toMatch(/^train/);
    expect(await fakeRun(folder)).toMatchObject({ failed: 0 });
  });

  it('names a stored stage that cannot be read, and fails only what needs it', async () => {
    const folder = temporaryFolder();
    await fakeRun(folder);
    const plan = fakePlan();
    const { roles } = plan.runs.find(({ attack, defense }) => attack === 'none' && defense === 'undefended')!;
    rmSync(join(folder, 'cache', 'evaluate', roles.evaluate!), { recursive: true });
    rmSync(join(folder, 'cache', 'predict', roles.clean!, 'value.json'));
    expect(await fakeRun(folder)).toMatchObject({ failed: 1 });
    const record = recordsOf(folder).find(({ failedBecause }) => failedBecause !== null)!;
    expect(record.failedBecause).toMatch(/a stored stage cannot be read: ENOENT[^]*delete this folder and run again/);
  });
});

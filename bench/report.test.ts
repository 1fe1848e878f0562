/** Tables from results: medians of rounds, ratios within a round, files merged only where they belong together. */
import { describe, expect, test } from 'vitest';
import { UserError } from '../src/core/errors.ts';
import { cases, setting } from './cases.ts';
import { defaultBudget } from './laps.ts';
import { reportOf } from './report.ts';
import type { ProgramName, Results, Sample } from './results.ts';

const sample = (program: ProgramName, round: number, seconds: readonly number[]): Sample => ({
  program,
  round,
  case: '2x128',
  work: 'training',
  seconds,
  compileSeconds: null,
  peakBytes: 2 ** 30,
  devicePeakBytes: null,
});

const results = (samples: readonly Sample[], changes: Partial<Results> = {}): Results => ({
  format: 'elibadcode bench 1',
  startedAt: '2026-01-01T00:00:00Z',
  commit: null,
  machine: { cpu: 'a CPU', gpu: null, system: null, cores: 2, memoryBytes: 2 ** 34 },
  device: 'cpu',
  threads: 2,
  rounds: 3,
  budget: defaultBudget,
  setting,
  cases: [cases['2x128']],
  rows: { origin: 'made-up rows', digest: 'd', evaluationTokens: 270, inversionTokens: 280 },
  about: {},
  samples,
  failures: [],
  ...changes,
});

// Medians of rounds: ours 2, 1, 4 -> 2; PyTorch 3, 3, 2 -> 3; ratios by round 1.5, 3, 0.5.
const ours = [sample('ours', 0, [9, 2, 1]), sample('ours', 1, [1]), sample('ours', 2, [4])];
const peer = [sample('peer', 0, [3]), sample('peer', 1, [2, 4]), sample('peer', 2, [2])];

describe('reportOf', () => {
  test('medians, their ratio, and the ratios of the rounds', () => {
    const report = reportOf([results([...ours, ...peer])]);
    expect(report).toContain('| 2x128: training step, 16x128 | 2.00 | 3.00 | 1.50 (0.50 to 3.00) | 1.00 / 1.00 |');
    expect(report).toContain('measured in turn');
  });
  test('ours and PyTorch from two files: one table that says so, no ratios of rounds', () => {
    const report = reportOf([results(ours), results(peer)]);
    expect(report).toContain('| 2x128: training step, 16x128 | 2.00 | 3.00 | 1.50 | 1.00 / 1.00 |');
    expect(report).toContain('not all measured in turn');
  });
  test('ours alone', () => {
    const report = reportOf([results(ours)]);
    expect(report).toContain('| 2x128: training step, 16x128 | 2.00 | - | - | 1.00 / - |');
    expect(report).not.toContain('in turn');
  });
  test('TensorFloat-32 is a column of its own', () => {
    const report = reportOf([results([...ours, ...peer, sample('peer-tf32', 0, [1])])]);
    expect(report).toContain('| 2.00 | 3.00 | 1.50 (0.50 to 3.00) | 1.00 | 0.50 |');
  });
  test('other machines, devices and numbers of threads are tables of their own', () => {
    const report = reportOf([results(ours), results(ours, { threads: 1 }), results(ours, { device: 'webgpu' })]);
    expect(report.match(/^\| work \|/gm)).toHaveLength(3);
  });
  test('one table never mixes rows', () => {
    const other = results(peer, { rows: { origin: 'others', digest: 'e', evaluationTokens: 1, inversionTokens: 1 } });
    expect(() => reportOf([results(ours), other])).toThrow(UserError);
  });
  test('a failed process is named', () => {
    const failures = [{ program: 'peer', round: 1, case: '2x128', problem: 'exit code 1' }] as const;
    const report = reportOf([results(ours, { failures })]);
    expect(report).toContain('| 2.00 | failed |');
    expect(report).toContain('- peer, 2x128, round 2 failed: exit code 1');
  });
});
